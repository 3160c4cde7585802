import { useEffect } from "preact/hooks";

import { json, patched } from "../api/client.js";
import { Button } from "../design/button.js";
import { Failure } from "../design/failure.js";
import { html } from "../design/html.js";
import { Outcome } from "../design/outcome.js";
import { useAction } from "../design/use-action.js";
import { useResource } from "../design/use-resource.js";
import { number, t } from "../words/words.js";

const AGAIN_MS = 3000;
const LIVE = /** @type {const} */ (["instances", "busy", "warm", "cold_starts", "queue_depth", "oldest_age_s"]);
const SETTINGS = /** @type {const} */ (["memory_mb", "timeout_s", "max_attempts", "max_event_age_s", "reserved_concurrency"]);

/** The image function: what it does now, and what an admin may set. */
export function FunctionPanel() {
  const { value, error, reload } = useResource(() => json("/v1/function"), []);
  const action = useAction();
  useEffect(() => {
    const timer = setInterval(reload, AGAIN_MS);
    return () => clearInterval(timer);
  }, []);
  const change = (/** @type {object} */ changes) => action.run(async () => {
    await json("/v1/function", patched(changes));
    reload();
  }, t("admin.saved"));
  const stopped = value?.reserved_concurrency === 0;
  return html`<section class="card stack wide" aria-labelledby="function">
    <div class="row between"><h2 id="function">${t("admin.function")}</h2>
      ${value && html`<${Button} kind=${stopped ? "" : "danger"} small act=${() => change({ reserved_concurrency: stopped ? null : 0 })}>
        ${t(stopped ? "admin.start" : "admin.stop")}<//>`}</div>
    <${Failure} error=${error} />
    ${stopped && html`<p class="notice bad" role="status">${t("admin.stopped")}</p>`}
    ${value && html`<dl class="facts">${LIVE.map((name) => html`<div key=${name}><dt>${t(`admin.${name}`)}</dt><dd>${number(value.live[name])}</dd></div>`)}</dl>
      <${Settings} value=${value} change=${change} />`}
    <${Outcome} of=${action} />
  </section>`;
}

/** @param {{value: any, change: (changes: object) => Promise<boolean>}} properties */
function Settings({ value, change }) {
  const submit = (/** @type {any} */ event) => {
    event.preventDefault();
    const given = new FormData(event.target);
    return change(changesOf(value, (name) => String(given.get(name))));
  };
  return html`<form class="stack" onSubmit=${submit}><div class="fields">
    ${SETTINGS.map((name) => html`<label class="field" key=${name}><span class="soft">${t(`admin.${name}`)}</span>
      <input class="input" name=${name} type="number" min="0" step="any" defaultValue=${value[name] ?? ""} /></label>`)}
    </div><p><button class="button quiet">${t("admin.save")}</button></p></form>`;
}

/**
 * What was left alone stays the service's own setting; what is left empty becomes it again.
 * @param {Record<string, number | null>} before @param {(name: string) => string} given
 */
export const changesOf = (before, given) => Object.fromEntries(
  SETTINGS.filter((name) => given(name) !== String(before[name] ?? "")).map((name) => [name, given(name) === "" ? null : Number(given(name))]),
);

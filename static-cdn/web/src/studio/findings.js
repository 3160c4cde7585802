// What was found, as lists; each thing with a place marks it in the picture.

import { CopyButton } from "../design/copy-button.js";
import { html } from "../design/html.js";
import { percent, t } from "../words/words.js";
import { Colours } from "./colours.js";

/**
 * @typedef {{marked: string, mark: (key: string, on?: boolean) => void}} Marking
 * `mark` with false unmarks that one: another one may be marked by now
 */

/** @param {{result: any} & Marking} properties */
export function Findings({ result, ...marking }) {
  return html`<div class="stack" id="findings">
    <${Colours} colours=${result.colors} />
    <${Labels} labels=${result.labels} ...${marking} />
    <${Codes} codes=${result.codes} ...${marking} />
    <${Lines} result=${result} ...${marking} />
  </div>`;
}

/** @param {string[]} keys @param {Marking} marking */
const over = (keys, { marked, mark }) => ({
  class: keys.includes(marked) ? "marked" : "",
  onMouseEnter: () => mark(keys[0] ?? ""), onMouseLeave: () => mark(keys[0] ?? "", false),
});

/** @param {{labels: any[]} & Marking} properties */
function Labels({ labels, ...marking }) {
  if (labels.length === 0) return null;
  return html`<ol class="row labels" id="labels" aria-label=${t("found.labels")}>${labels.map(({ name, confidence, source, model, parents = [], instances = [] }, index) => {
    const keys = instances.map((/** @type {any} */ _, /** @type {number} */ nth) => `label-${index}-${nth}`);
    const said = source === "model" ? t("found.by-model", { model: model ?? "" }) : t("found.derived");
    const { class: extra, ...listeners } = over(keys, marking);
    return html`<li key=${name} class=${`chip ${extra}`} title=${said} ...${listeners}>
      ${name} <span class="soft">${percent(confidence)}${instances.length > 1 ? ` × ${instances.length}` : ""}${parents.length > 0 ? ` · ${parents.join(" · ")}` : ""}</span></li>`;
  })}</ol>`;
}

// As text and no link: a stranger's code leads wherever it likes.
/** @param {{codes: any[]} & Marking} properties */
function Codes({ codes, ...marking }) {
  if (codes.length === 0) return null;
  return html`<ol class="stack lines" id="codes" aria-label=${t("found.code-list")}>${codes.map(({ kind, text, bytes }, index) => html`
    <li key=${index} ...${over([`code-${index}`], marking)}>
      ${bytes ? t("found.bytes", { count: atob(bytes).length }) : text} <span class="soft small">${kind}</span></li>`)}</ol>`;
}

/** @param {{result: any} & Marking} properties */
function Lines({ result, ...marking }) {
  const unread = result.engines.find((/** @type {any} */ one) => one.operation === "text")?.unread_lines ?? 0;
  const lines = result.text;
  return html`${lines.length > 0 && html`<div class="stack">
    <ol class="lines" id="lines" aria-label=${t("found.text")}>${lines.map((/** @type {any} */ { text, confidence }, /** @type {number} */ index) => html`
      <li key=${index} title=${t("found.sure", { name: "", share: percent(confidence) }).replace(/^, /, "")} ...${over([`text-${index}`], marking)}>${text}</li>`)}</ol>
    <p><${CopyButton} text=${lines.map((/** @type {any} */ one) => one.text).join("\n")}>${t("found.copy-text")}<//></p></div>`}
    ${unread > 0 && html`<p class="soft small">${t("found.unread", { count: unread })}</p>`}`;
}

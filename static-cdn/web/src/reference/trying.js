import { useEffect, useRef, useState } from "preact/hooks";

import { Area } from "../design/area.js";
import { CopyButton } from "../design/copy-button.js";
import { Failure } from "../design/failure.js";
import { Field } from "../design/field.js";
import { html } from "../design/html.js";
import { useSession } from "../shell/session.js";
import { answer } from "./answering.js";
import { AnswerView } from "./answer-view.js";
import { callOf, curlOf } from "./requests.js";
import { t } from "./words.js";

/** @typedef {import("./operations.js").Operation} Operation */

const FOREIGN = /^\/compat\//; // vendors' clients sign these in ways of their own

/** A form that sends the operation's request, as the reader's session. @param {{operation: Operation}} properties */
export function Trying({ operation }) {
  const { state, me } = useSession();
  const [filled, setFilled] = useState(() => blank(operation));
  const [shown, setShown] = useState(/** @type {import("./answering.js").Shown | null} */ (null));
  const [{ error, busy, wrong }, setHow] = useState({ error: /** @type {unknown} */ (null), busy: false, wrong: "" });
  const ending = useRef(new AbortController());
  useEffect(() => () => ending.current.abort(), []);
  const send = async (/** @type {Event} */ event) => {
    event.preventDefault();
    if (operation.method === "DELETE" && !confirm(t("reference.sure"))) return;
    ending.current = new AbortController();
    const { signal } = ending.current;
    setShown(null);
    setHow({ error: null, busy: true, wrong: "" });
    try {
      const { path, call } = callOf(operation, filled);
      await answer(path, call, signal, setShown);
      setHow({ error: null, busy: false, wrong: "" });
    } catch (failure) {
      const noJson = failure instanceof SyntaxError;
      setHow({ error: noJson || signal.aborted ? null : failure, busy: false, wrong: noJson ? t("reference.no-json") : "" });
    }
  };
  if (FOREIGN.test(operation.path)) return html`<p class="notice">${t("reference.foreign")}</p>`;
  const may = state === "signed-in" || !operation.signedIn;
  const curl = curlOf(operation, filled, location.origin);
  return html`<section class="card stack"><h3>${t("reference.try")}</h3>
    <form class="stack" onSubmit=${send}>
      <${Inputs} operation=${operation} filled=${filled} change=${(/** @type {object} */ news) => setFilled({ ...filled, ...news })} wrong=${wrong} />
      <${Failure} error=${error} />
      <p class="row"><button class="button" disabled=${!may || busy} aria-busy=${busy}>${t("reference.send")}</button>
        ${busy && html`<button type="button" class="button quiet" onClick=${() => ending.current.abort()}>${t("reference.stop")}</button>`}
        ${may ? state === "signed-in" && operation.signedIn && html`<span class="soft small">${t("reference.as", { email: me.email })}</span>`
          : html`<a href=${`/sign-in?next=${encodeURIComponent(location.pathname + location.search)}`}>${t("reference.sign-in")}</a>`}</p>
    </form>
    ${shown && html`<${AnswerView} shown=${shown} />`}
    ${curl && html`<details><summary>curl</summary><div class="stack"><pre class="code" tabindex="0" aria-label="curl"><code>${curl}</code></pre>
      <p><${CopyButton} text=${curl} /></p></div></details>`}
  </section>`;
}

/** @param {{operation: Operation, filled: import("./requests.js").Filled, change: (news: object) => void, wrong: string}} properties */
function Inputs({ operation: { parameters, bodies }, filled, change, wrong }) {
  const file = filled.type === "multipart/form-data";
  const take = (/** @type {string} */ type) => change({ type, text: textOf(bodies.find((one) => one.type === type)) });
  return html`${parameters.map(({ name, required, place }) => html`<${Field} key=${name} label=${`${name} (${place})`} name=${name} required=${required}
      value=${filled.values[name] ?? ""} onInput=${(/** @type {any} */ event) => change({ values: { ...filled.values, [name]: event.target.value } })} />`)}
    ${bodies.length > 1 && html`<fieldset class="choices"><legend>${t("reference.body")}</legend>${bodies.map(({ type }) => html`<label class="choice" key=${type}>
      <input type="radio" name="type" checked=${type === filled.type} onChange=${() => take(type)} />${type}</label>`)}</fieldset>`}
    ${file && html`<${Field} label="image" name="image" type="file" accept="image/*" onChange=${(/** @type {any} */ event) => change({ file: event.target.files[0] ?? null })} />`}
    ${filled.type && html`<${Area} label=${file ? t("reference.fields") : `${t("reference.body")}: ${filled.type}`} name="body" rows="6" spellcheck=${false} wrong=${wrong}
      value=${filled.text} onInput=${(/** @type {any} */ event) => change({ text: event.target.value })} />`}`;
}

/** @param {Operation} operation @returns {import("./requests.js").Filled} */
function blank({ bodies: [first] }) {
  return { values: {}, type: first?.type ?? "", text: textOf(first), file: null };
}

/** @param {import("./operations.js").Content | undefined} body */
const textOf = (body) => (body ? JSON.stringify(body.example ?? {}, null, 2) : "");

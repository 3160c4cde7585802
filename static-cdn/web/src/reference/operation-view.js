import { useEffect, useRef } from "preact/hooks";

import { html } from "../design/html.js";
import { date } from "../words/words.js";
import { Prose } from "./prose.js";
import { Rows, SchemaView } from "./schema-view.js";
import { Trying } from "./trying.js";
import { t } from "./words.js";

/** @typedef {import("./operations.js").Operation} Operation */

/** One operation, whole. @param {{operation: Operation, document: any}} properties */
export function OperationView({ operation, document }) {
  const heading = useRef(/** @type {HTMLElement | null} */ (null));
  useEffect(() => heading.current?.focus(), [operation]); // a screen reader says what was chosen
  const { method, path, summary, description, deprecated, deprecation, parameters, bodies, signedIn } = operation;
  return html`<article class="stack" aria-labelledby="operation">
    <h2 id="operation" tabindex="-1" ref=${heading} lang="en">${summary}</h2>
    <p class="row"><span class="method" data-method=${method}>${method}</span><code>${path}</code>
      <span class="soft small">${t(signedIn ? "reference.signed-in" : "reference.open")}</span></p>
    ${deprecated && html`<${Going} of=${deprecation} />`}
    <${Prose} text=${description} />
    ${parameters.length > 0 && html`<section class="stack"><h3>${t("reference.parameters")}</h3><${Rows} rows=${parameters.map((one) => ({ ...one, type: `${one.place}, ${one.type}` }))} /></section>`}
    ${bodies.length > 0 && html`<section class="stack"><h3>${t("reference.body")}</h3>
      ${bodies.map(({ type, schema }, index) => html`<details key=${type} open=${index === 0}><summary><code>${type}</code></summary>
        <div class="stack"><${SchemaView} schema=${schema} document=${document} /></div></details>`)}</section>`}
    <${Trying} key=${operation.id} operation=${operation} />
    <${Answers} operation=${operation} document=${document} />
    <${Errors} operation=${operation} />
  </article>`;
}

/** That it will go, and when. @param {{of: Operation["deprecation"]}} properties */
function Going({ of }) {
  if (!of) return html`<p class="notice bad">${t("reference.deprecated")}</p>`;
  const words = { since: date(of.since), sunset: date(of.sunset) };
  return html`<p class="notice bad"><span>${t("reference.deprecated-since", words)} <code>${of.instead}</code></span></p>`;
}

/** @param {{operation: Operation, document: any}} properties */
function Answers({ operation: { answers }, document }) {
  return html`<section class="stack"><h3>${t("reference.answers")}</h3>
    ${answers.map(({ status, description, contents }) => html`<details key=${status}>
      <summary><strong>${status}</strong> ${contents.map(({ type }) => html`<code key=${type}>${type}</code> `)}<span lang="en">${description}</span></summary>
      ${contents.map(({ type, schema, example }) => html`<div class="stack" key=${type}>
        <${SchemaView} schema=${schema} document=${document} />
        ${example !== null && html`<pre class="code" tabindex="0" aria-label=${t("reference.example")}><code>${JSON.stringify(example, null, 2)}</code></pre>`}</div>`)}
    </details>`)}</section>`;
}

/** @param {{operation: Operation}} properties */
function Errors({ operation: { errors } }) {
  if (errors.length === 0) return null;
  return html`<section class="stack"><h3>${t("reference.errors")}</h3>
    <ul class="things">${errors.map(({ status, slug, title }) => html`<li key=${slug}><div><a href=${`/problems/${slug}`}><code>${slug}</code></a>
      <span lang="en">${title}</span></div><span class="soft">${status}</span></li>`)}</ul></section>`;
}

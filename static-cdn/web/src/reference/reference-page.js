import { useMemo, useState } from "preact/hooks";

import { publicJson } from "../api/client.js";
import { Failure } from "../design/failure.js";
import { Field } from "../design/field.js";
import { html } from "../design/html.js";
import { useResource } from "../design/use-resource.js";
import { found, groupsOf } from "./operations.js";
import { OperationView } from "./operation-view.js";
import { t } from "./words.js";

/** @typedef {ReturnType<typeof groupsOf>} Groups */

/** The reference: the contract of the system that runs, to be read, sought in, and tried. @param {{place: URL}} properties */
export function ReferencePage({ place }) {
  const { value: document, error, reload } = useResource(() => publicJson("/openapi.json"), []);
  const groups = useMemo(() => (document ? groupsOf(document) : []), [document]);
  const id = place.searchParams.get("operation");
  const operation = groups.flatMap(({ operations }) => operations).find((one) => one.id === id);
  return html`<div class="reference">
    <div class="stack beside"><h1>API</h1><${Contents} groups=${groups} current=${id} /></div>
    <div class="stack"><${Failure} error=${error} again=${reload} />
      ${operation ? html`<${OperationView} operation=${operation} document=${document} />` : document && html`<${Overview} version=${document.info.version} />`}</div>
  </div>`;
}

/** @param {{groups: Groups, current: string | null}} properties */
function Contents({ groups, current }) {
  const [sought, setSought] = useState("");
  const left = found(groups, sought);
  return html`<${Field} label=${t("reference.search")} name="search" type="search" value=${sought} onInput=${(/** @type {any} */ event) => setSought(event.target.value)} />
    <nav class="contents stack" aria-label=${t("reference.operations")}>
      ${groups.length > 0 && left.length === 0 && html`<p class="soft">${t("reference.nothing")}</p>`}
      ${left.map(({ name, operations }) => html`<section key=${name}><h2 lang="en">${name}</h2><ul>${operations.map((one) => html`<li key=${one.id}>
        <a href=${`/docs?operation=${one.id}`} aria-current=${one.id === current ? "page" : undefined}>
          <span class="method" data-method=${one.method}>${one.method}</span><span lang="en">${one.summary}</span>
          ${one.deprecated && html`<span class="chip small">${t("reference.going")}</span>`}</a></li>`)}</ul></section>`)}
    </nav>`;
}

/** @param {{version: string}} properties */
function Overview({ version }) {
  return html`<section class="card stack"><h2>${t("reference.about")}</h2>
    <p>${t("reference.about-text")}</p>
    <p>${t("reference.about-session")}</p>
    <ul class="stack"><li><a href="/docs/start">${t("reference.start")}</a></li><li><a href="/openapi.json">OpenAPI 3.1, ${version}</a></li></ul></section>`;
}

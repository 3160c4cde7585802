import { useEffect, useState } from "preact/hooks";

import { json } from "../api/client.js";
import { Failure } from "../design/failure.js";
import { html } from "../design/html.js";
import { Preview } from "../design/preview.js";
import { useResource } from "../design/use-resource.js";
import { nameOf } from "../history/entry.js";
import { ended } from "../shell/session.js";
import { isKey, t } from "../words/words.js";
import { compared, differs, idsOf } from "./compared.js";

const WAIT_S = 10;

/** Analyses side by side: of one picture by several engines, or of several pictures. @param {{place: URL}} properties */
export function ComparePage({ place }) {
  const ids = idsOf(place.searchParams.get("ids"));
  const { value: analyses, error, reload } = useResource((signal) => Promise.all(ids.map((id) => json(`/v1/analyses/${id}?wait=${WAIT_S}`, { signal }))), [ids.join()]);
  useEffect(() => { if (error) ended(error); }, [error]);
  useEffect(() => { if (analyses?.some(({ finished_at }) => !finished_at)) reload(); }, [analyses]);
  return html`<div class="stack">
    <h1>${t("compare.title")}</h1>
    <${Failure} error=${error} again=${reload} />
    ${ids.length < 2 && html`<section class="card stack"><p>${t("compare.few")}</p><p><a class="button" href="/history">${t("nav.history")}</a></p></section>`}
    ${ids.length > 1 && !analyses && !error && html`<p class="soft" role="status">${t("loading")}</p>`}
    ${ids.length > 1 && analyses && html`<${Table} analyses=${analyses} />`}
  </div>`;
}

/** @param {{analyses: any[]}} properties */
function Table({ analyses }) {
  const [only, setOnly] = useState(false);
  const rows = compared(analyses);
  return html`<section class="card stack">
    <label class="choice"><input type="checkbox" checked=${only} onChange=${(/** @type {any} */ event) => setOnly(event.target.checked)} /> ${t("compare.only")}</label>
    <div class="scrolled" tabindex="0" role="region" aria-label=${t("compare.title")}><table class="compared">
      <thead><tr><td></td>${analyses.map((analysis) => html`<th key=${analysis.id} scope="col"><${Head} analysis=${analysis} /></th>`)}</tr></thead>
      <tbody>${rows.filter((row) => !only || differs(row)).map((row) => html`<tr key=${row.name} data-differs=${differs(row)}><th scope="row">${row.name}</th>
        ${row.values.map((value, index) => html`<td key=${index}>${value}</td>`)}</tr>`)}</tbody></table></div>
  </section>`;
}

/** @param {{analysis: any}} properties */
function Head({ analysis }) {
  const state = `status.${analysis.status}`;
  return html`${analysis.status === "succeeded" && html`<${Preview} path=${analysis.links.preview} />`}
    <a href=${`/analyses/${analysis.id}`}>${nameOf(analysis)}</a>
    <span class="state small" data-status=${analysis.status}>${isKey(state) ? t(state) : analysis.status} · ${enginesOf(analysis)}</span>`;
}

/** @param {any} analysis @returns {string} those that did it, or the one that was asked */
const enginesOf = ({ result, input }) => [...new Set((result?.engines ?? []).map((/** @type {any} */ { name }) => name))].join(", ") || input.engine;

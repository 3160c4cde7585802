import { useEffect } from "preact/hooks";

import { json } from "../api/client.js";
import { CopyButton } from "../design/copy-button.js";
import { Failure } from "../design/failure.js";
import { html } from "../design/html.js";
import { useResource } from "../design/use-resource.js";
import { ended } from "../shell/session.js";
import { isKey, t, when } from "../words/words.js";
import { wordsOf } from "./summary.js";

const AGAIN_MS = 1500;

/** One batch: how many of its pictures are done, and what became of each. @param {{id: string}} properties */
export function Batch({ id }) {
  const { value: batch, error, reload } = useResource((signal) => json(`/v1/batches/${id}`, { signal }), [id]);
  const left = batch ? (batch.counts.queued ?? 0) + (batch.counts.running ?? 0) : 0;
  useEffect(() => { if (error) ended(error); }, [error]);
  useEffect(() => {
    if (left === 0) return undefined;
    const timer = setTimeout(reload, AGAIN_MS);
    return () => clearTimeout(timer);
  }, [batch]);
  return html`<section class="card stack wide" aria-labelledby="batch">
    <div class="row between"><h2 id="batch">${batch ? t("batches.from", { time: when(batch.created_at) }) : t("batches.one")}</h2>
      <${CopyButton} text=${id}>${t("batches.copy-id")}<//></div>
    <${Failure} error=${error} again=${reload} />
    ${batch && html`<${Progress} batch=${batch} left=${left} />
      <ol class="things" aria-label=${t("batches.one")}>${batch.items.map((/** @type {any} */ item) => html`<${Item} key=${item.index} item=${item} />`)}</ol>`}
  </section>`;
}

/** @param {{batch: any, left: number}} properties */
function Progress({ batch: { items, counts }, left }) {
  const said = t("batches.progress", { done: items.length - left, all: items.length });
  return html`<div class="stack">
    <progress class="bar" max=${items.length} value=${items.length - left} aria-label=${said}></progress>
    <p class="row" role="status"><span>${said}</span>
      ${Object.entries(counts).map(([status, count]) => html`<span key=${status} class="state small" data-status=${shown(status)}>${state(status)}: ${count}</span>`)}</p>
  </div>`;
}

/** @param {{item: any}} properties */
function Item({ item: { index, analysis_id, status, error, summary } }) {
  const name = t("batches.picture", { number: index + 1 });
  return html`<li><div>${analysis_id && status !== "missing" ? html`<a href=${`/analyses/${analysis_id}`}>${name}</a>` : html`<strong>${name}</strong>`}
      <span>${error ? wrong(error) : wordsOf(summary)}</span></div>
    <span class="state small" data-status=${shown(status)}>${state(status)}</span></li>`;
}

/** What was refused, with the field that caused it. @param {any} error */
const wrong = ({ title, detail, errors = [] }) =>
  errors.map((/** @type {any} */ one) => `${one.pointer.slice(1)}: ${one.detail}`).join("; ") || `${title}. ${detail}`;

/** @param {string} status */
const shown = (status) => (status === "rejected" ? "failed" : status);

/** @param {string} status @returns {string} a state that this page does not know is told by its name */
function state(status) {
  const key = ["rejected", "missing"].includes(status) ? `batches.${status}` : `status.${status}`;
  return isKey(key) ? t(key) : status;
}

import { useState } from "preact/hooks";

import { patched, request } from "../api/client.js";
import { Field } from "../design/field.js";
import { html } from "../design/html.js";
import { Outcome } from "../design/outcome.js";
import { More, usePages } from "../design/pages.js";
import { useAction } from "../design/use-action.js";
import { resume, useSession } from "../shell/session.js";
import { number, t, when } from "../words/words.js";

const AMOUNT = /^\d{1,7}([.,]\d{1,2})?$/;

export function UsagePage() {
  const pages = usePages("/v1/me/usage?limit=20", "line_items");
  return html`<div class="stack columns">
    <h1>${t("usage.title")}</h1>
    <section class="card stack wide" aria-labelledby="usage">
      <h2 id="usage">${t("usage.month", { month: pages.first?.month ?? "…" })}</h2>
      ${pages.first && html`<${Totals} of=${pages.first} />`}
      <div class="scrolled" tabindex="0" role="region" aria-label=${t("usage.bill")}>
        <table><thead><tr>${(/** @type {const} */ (["analysis", "ended", "billed", "calls", "amount"])).map((name) => html`<th scope="col">${t(`usage.${name}`)}</th>`)}</tr></thead>
          <tbody id="bill">${pages.items.map((line) => html`<${Line} key=${line.analysis_id} of=${line} />`)}</tbody></table>
      </div>
      <${More} pages=${pages} />
    </section>
    <${Budget} />
  </div>`;
}

/** @param {{of: any}} properties */
function Totals({ of: { totals, quota, storage } }) {
  const share = quota.limit ? (quota.used + quota.reserved) / quota.limit : 1;
  return html`<p><meter id="quota" min="0" max="1" value=${share} aria-label=${t("usage.quota")}></meter>
      <span id="quota-words">${t("usage.quota-words", { used: quota.used, limit: quota.limit, left: quota.left, time: when(quota.resets_at) })}</span></p>
    <dl class="facts">
      <div><dt>${t("usage.amount")}</dt><dd>${`${number(Number(totals.amount), { minimumFractionDigits: 4 })} ${totals.currency}`}</dd></div>
      <div><dt>${t("usage.billed-time")}</dt><dd>${`${number(totals.billed_ms)} ms`}</dd></div>
      <div><dt>${t("usage.calls")}</dt><dd>${number(totals.engine_calls)}</dd></div>
      ${storage && html`<div><dt>${t("usage.storage")}</dt><dd>${t("usage.storage-words", { used: megabytes(storage.used), limit: megabytes(storage.limit) })}</dd></div>`}
    </dl>`;
}

/** @param {number} bytes */
const megabytes = (bytes) => number(bytes / 1e6, { style: "unit", unit: "megabyte", maximumFractionDigits: 1 });

/** @param {{of: any}} properties */
function Line({ of: { analysis_id, finished_at, billed_ms, engine_calls, amount } }) {
  return html`<tr><td><a href=${`/analyses/${analysis_id}`} title=${analysis_id}>…${analysis_id.slice(-8)}</a></td>
    <td>${when(finished_at)}</td><td>${number(billed_ms)} ms</td><td>${number(engine_calls)}</td><td>${amount}</td></tr>`;
}

function Budget() {
  const { me } = useSession();
  const action = useAction();
  const [wrong, setWrong] = useState("");
  const submit = async (/** @type {any} */ event) => {
    event.preventDefault();
    const given = event.target.monthly_budget.value.trim();
    const good = given === "" || AMOUNT.test(given);
    setWrong(good ? "" : t("usage.budget-wrong"));
    if (!good) return;
    const changes = { monthly_budget: given.replace(",", ".") || null };
    await action.run(async () => {
      await request("/v1/me", patched(changes));
      await resume();
    }, t(given ? "usage.budget-set" : "usage.budget-none"));
  };
  return html`<section class="card" aria-labelledby="budget"><form class="stack" novalidate onSubmit=${submit}>
    <h2 id="budget">${t("usage.budget")}</h2>
    <${Field} label=${t("usage.budget-label")} name="monthly_budget" inputmode="decimal" wrong=${wrong}
      hint=${t("usage.budget-hint")} defaultValue=${me.monthly_budget ?? ""} />
    <${Outcome} of=${action} />
    <p><button class="button quiet">${t("usage.budget-save")}</button></p>
  </form></section>`;
}

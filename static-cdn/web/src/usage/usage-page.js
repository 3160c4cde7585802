import { html } from "../design/html.js";
import { navigate } from "../shell/router.js";
import { useSession } from "../shell/session.js";
import { number, t, when } from "../words/words.js";
import { Bill } from "./bill.js";
import { Budget } from "./budget.js";
import { Chart } from "./chart.js";
import { monthsSince } from "./days.js";
import { useBill } from "./use-bill.js";

/** @param {{place: URL}} properties */
export function UsagePage({ place }) {
  const { me } = useSession();
  const months = monthsSince(me.created_at, new Date());
  const month = months.find((one) => one === place.searchParams.get("month")) ?? months[0] ?? "";
  return html`<div class="stack columns">
    <div class="row between wide"><h1>${t("usage.title")}</h1>
      ${months.length > 1 && html`<label class="row soft">${t("usage.choose")}
        <select class="input language" onChange=${(/** @type {any} */ { target }) => navigate(`/usage?month=${target.value}`)}>
          ${months.map((one) => html`<option key=${one} value=${one} selected=${one === month}>${one}</option>`)}
        </select></label>`}</div>
    <${Month} key=${month} month=${month} />
    <${Budget} />
  </div>`;
}

/** @param {{month: string}} properties */
function Month({ month }) {
  const bill = useBill(month);
  return html`<section class="card stack wide" aria-labelledby="usage">
    <h2 id="usage">${t("usage.month", { month })}</h2>
    ${bill.first && html`<${Totals} of=${bill.first} />`}
    ${bill.lines.length > 0 && html`<${Chart} month=${month} lines=${bill.lines} />`}
    <${Bill} bill=${bill} month=${month} />
  </section>`;
}

/** @param {{of: any}} properties */
function Totals({ of: { totals, quota, storage } }) {
  const share = quota.limit ? (quota.used + quota.reserved) / quota.limit : 1;
  return html`<p class="row"><meter id="quota" min="0" max="1" value=${share} aria-label=${t("usage.quota")}></meter>
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

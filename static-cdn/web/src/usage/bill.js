import { useState } from "preact/hooks";

import { Button } from "../design/button.js";
import { written } from "../design/csv.js";
import { Failure } from "../design/failure.js";
import { html } from "../design/html.js";
import { save } from "../design/save.js";
import { number, t, when } from "../words/words.js";

const SHOWN = 20;
const COLUMNS = ["analysis_id", "finished_at", "billed_ms", "memory_mb", "gb_seconds", "engine_calls", "amount"];

/** The lines of a bill, and all that were read as a table. @param {{bill: ReturnType<typeof import("./use-bill.js").useBill>, month: string}} properties */
export function Bill({ bill: { lines, error, reload, more }, month }) {
  const [shown, show] = useState(SHOWN);
  const csv = () => save(new Blob([written([COLUMNS, ...lines.map((line) => COLUMNS.map((name) => line[name]))])], { type: "text/csv" }), `usage-${month}.csv`);
  return html`<div class="scrolled" tabindex="0" role="region" aria-label=${t("usage.bill")}>
      <table><thead><tr>${(/** @type {const} */ (["analysis", "ended", "billed", "calls", "amount"])).map((name) => html`<th key=${name} scope="col">${t(`usage.${name}`)}</th>`)}</tr></thead>
        <tbody id="bill">${lines.slice(0, shown).map((line) => html`<${Line} key=${line.analysis_id} of=${line} />`)}</tbody></table>
    </div>
    <${Failure} error=${error} again=${reload} />
    <div class="row">${lines.length > shown && html`<${Button} kind="quiet" small act=${() => show(shown + 5 * SHOWN)}>${t("more")}<//>`}
      ${more && html`<${Button} kind="quiet" small act=${more}>${t("usage.read-on", { count: lines.length })}<//>`}
      ${lines.length > 0 && html`<${Button} kind="quiet" small act=${csv}>${t("usage.csv")}<//>`}</div>`;
}

/** @param {{of: any}} properties */
function Line({ of: { analysis_id, finished_at, billed_ms, engine_calls, amount } }) {
  return html`<tr><td><a href=${`/analyses/${analysis_id}`} title=${analysis_id}>…${analysis_id.slice(-8)}</a></td>
    <td>${when(finished_at)}</td><td>${number(billed_ms)} ms</td><td>${number(engine_calls)}</td><td>${amount}</td></tr>`;
}

import { useState } from "preact/hooks";

import { html } from "../design/html.js";
import { date, number, t } from "../words/words.js";
import { daysOf } from "./days.js";

const MEASURES = /** @type {const} */ (["analyses", "billed_ms", "amount"]);

/** A bar for each day of a month. @param {{month: string, lines: any[]}} properties */
export function Chart({ month, lines }) {
  const [measure, choose] = useState(/** @type {typeof MEASURES[number]} */ ("analyses"));
  const days = daysOf(month, lines);
  const most = Math.max(...days.map((one) => one[measure]));
  return html`<figure class="stack" aria-label=${t("usage.chart")}>
    <div class="row">${MEASURES.map((one) => html`<button key=${one} type="button" class="chip" aria-pressed=${one === measure} onClick=${() => choose(one)}>${t(`usage.by-${one}`)}</button>`)}</div>
    <p class="soft small">${t("usage.most", { value: told(measure, most) })}</p>
    <ol class="days">${days.map((one) => {
      const said = `${date(one.day)}: ${told(measure, one[measure])}`;
      return html`<li key=${one.day} title=${said}><span class="unseen">${said}</span>
        <span class="day" style=${{ height: `${most > 0 ? (100 * one[measure]) / most : 0}%` }}></span></li>`;
    })}</ol>
    <div class="row between soft small" aria-hidden="true"><span>${date(days[0]?.day ?? month)}</span><span>${date(days.at(-1)?.day ?? month)}</span></div>
  </figure>`;
}

/** @param {typeof MEASURES[number]} measure @param {number} value */
function told(measure, value) {
  if (measure === "billed_ms") return `${number(value)} ms`;
  return measure === "amount" ? number(value, { style: "currency", currency: "USD", maximumFractionDigits: 4 }) : number(value);
}

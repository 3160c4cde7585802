import { html } from "../design/html.js";
import { number, percent, t } from "../words/words.js";

const HEADINGS = /** @type {const} */ (["objective", "target", "measured", "window", "budget"]);

/** One service, with what it promises. @param {{service: any, objectives: any[], engines: any[]}} properties */
export function Service({ service: { name, state, version }, objectives, engines }) {
  return html`<section class="card stack service" data-state=${state} data-name=${name}>
    <h2>${name} <span class="state-word">${state}</span>${version !== "unknown" && html` <span class="soft small">${version}</span>`}</h2>
    ${engines.length > 0 && html`<ul aria-label=${t("status.engines")}>${engines.map((one) => html`<${Engine} key=${one.name} ...${one} />`)}</ul>`}
    <div class="scrolled" tabindex="0" role="region" aria-label=${t("status.objectives-of", { name })}>
      <table class="objectives" role="table"><thead role="rowgroup"><tr role="row">${HEADINGS.map((one) => html`<th role="columnheader" scope="col">${t(`status.${one}`)}</th>`)}</tr></thead>
        <tbody role="rowgroup">${objectives.map((one) => html`<${Row} key=${one.name} of=${one} />`)}</tbody></table>
    </div></section>`;
}

// The roles are said, since on a phone these are no table to the browser (tables.css).
/** @param {{of: any}} properties */
function Row({ of: { name, target, measured, unit, window, holds, budget_left } }) {
  return html`<tr role="row" data-holds=${holds}><th role="rowheader" scope="row">${name}</th>
    <td role="cell" data-label=${t("status.target")}>${unit === "share" ? "≥" : "≤"} ${figure(target, unit)}</td>
    <td role="cell" data-label=${t("status.measured")}>${figure(measured, unit)}</td>
    <td role="cell" data-label=${t("status.window")}>${window}</td>
    <td role="cell" data-label=${t("status.budget")}><meter min="0" max="1" low="0.25" high="0.5" optimum="1" value=${Math.max(0, budget_left)}
      aria-label=${t("status.budget-of", { name })}></meter> ${budget_left < 0 ? t("status.overspent") : percent(budget_left)}</td></tr>`;
}

/** @param {number | null} value @param {string} unit seconds, or a share of 0 to 1 */
export function figure(value, unit) {
  if (value === null) return t("status.nothing-yet");
  if (unit === "share") return number(value, { style: "percent", maximumFractionDigits: 2 });
  return value < 1 ? `${number(value * 1000, { maximumFractionDigits: 1 })} ms` : `${number(value, { maximumFractionDigits: 2 })} s`;
}

/** @param {{name: string, operations: string[], off: Record<string, string>}} properties */
function Engine({ name, operations, off }) {
  const reasons = Object.entries(off).map(([operation, reason]) => (operation === "*" ? reason : `${operation}: ${reason}`));
  return html`<li class="small" data-off=${reasons.length > 0} title=${operations.join(", ")}>
    ${t("status.engine", { name })}${reasons.length > 0 && `, ${t("status.engine-off")} ${reasons.join(" ")}`}</li>`;
}

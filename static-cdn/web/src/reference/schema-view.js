import { html } from "../design/html.js";
import { inline } from "./prose.js";
import { rowsOf, waysOf } from "./schemas.js";
import { t } from "./words.js";

/** @typedef {import("./schemas.js").Row} Row */

/** What is in a body, as rows that open; each way of it apart, the first one open. @param {{schema: any, document: any}} properties */
export function SchemaView({ schema, document }) {
  const ways = waysOf(schema, document);
  const [only] = ways;
  if (only && ways.length === 1) return html`<${Rows} rows=${rowsOf(only.schema, document)} />`;
  return html`${ways.map(({ name, schema: way }, index) => html`<details key=${name} open=${index === 0}><summary><code>${name}</code></summary>
    <${Rows} rows=${rowsOf(way, document)} /></details>`)}`;
}

/** @param {{rows: Row[]}} properties */
export function Rows({ rows }) {
  if (rows.length === 0) return null;
  return html`<ul class="shape" lang="en">${rows.map((row) => html`<li key=${row.name}><${One} row=${row} /></li>`)}</ul>`;
}

/** @param {{row: Row}} properties */
function One({ row: { name, type, required, description, limits, values, rows } }) {
  return html`<p class="row"><code class="named">${name}</code><span class="soft small">${type}</span>
      ${required && html`<span class="small required">${t("reference.required")}</span>`}</p>
    ${description && html`<p>${inline(description)}</p>`}
    ${values.length > 0 && html`<p class="row">${values.map((value) => html`<code key=${value} class="chip">${value}</code>`)}</p>`}
    ${limits.length > 0 && html`<p class="soft small">${limits.join(", ")}</p>`}
    ${rows.length > 0 && html`<details><summary class="small">${t("reference.inside", { name })}</summary><${Rows} rows=${rows} /></details>`}`;
}

import { html } from "../design/html.js";
import { t } from "../words/words.js";
import { filtersOf, queryOf } from "./filters.js";
import { Grid } from "./grid.js";
import { Search } from "./search.js";

/** @param {{place: URL}} properties */
export function HistoryPage({ place }) {
  const filters = filtersOf(place.searchParams);
  const query = queryOf(filters);
  return html`<div class="stack">
    <h1>${t("history.title")}</h1>
    <${Search} key=${`search ${query}`} filters=${filters} />
    <${Grid} key=${query} query=${query} />
  </div>`;
}

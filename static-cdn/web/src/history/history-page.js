import { html } from "../design/html.js";
import { navigate } from "../shell/router.js";
import { t } from "../words/words.js";
import { Grid } from "./grid.js";

const STATES = /** @type {const} */ (["queued", "running", "succeeded", "failed", "canceled"]);

/** @param {{place: URL}} properties */
export function HistoryPage({ place }) {
  const status = STATES.find((one) => one === place.searchParams.get("status"));
  const query = new URLSearchParams(status ? { status } : {}).toString();
  return html`<div class="stack">
    <div class="row between"><h1>${t("history.title")}</h1>
      <label class="row soft">${t("history.status")}
        <select class="input language" onChange=${(/** @type {any} */ { target }) => navigate(target.value ? `/history?status=${target.value}` : "/history")}>
          <option value="">${t("history.any")}</option>
          ${STATES.map((one) => html`<option value=${one} selected=${one === status}>${t(`status.${one}`)}</option>`)}
        </select></label></div>
    <${Grid} key=${query} query=${query} />
  </div>`;
}

import { Field } from "../design/field.js";
import { html } from "../design/html.js";
import { navigate } from "../shell/router.js";
import { t } from "../words/words.js";
import { FACES, filtersOf, STATES } from "./filters.js";

/** What to look for among the analyses. @param {{filters: import("./filters.js").Filters}} properties */
export function Search({ filters }) {
  const submit = (/** @type {any} */ event) => {
    event.preventDefault();
    const wanted = new URLSearchParams(/** @type {Record<string, string>} */ (filtersOf(/** @type {any} */ (new FormData(event.target))))).toString();
    navigate(wanted ? `/history?${wanted}` : "/history");
  };
  const { q, ...others } = filters;
  const count = Object.keys(others).length;
  return html`<form class="card stack" role="search" onSubmit=${submit}>
    <div class="row end"><div class="grow"><${Field} label=${t("search.words")} name="q" type="search" maxlength="200" hint=${t("search.hint")} defaultValue=${q ?? ""} /></div></div>
    <details class="raw" open=${count > 0}><summary>${count > 0 ? t("search.some", { count }) : t("search.more")}</summary><div class="fields">
      <${Field} label=${t("search.label")} name="label" maxlength="200" defaultValue=${filters.label ?? ""} />
      <${Field} label=${t("search.text")} name="text" maxlength="200" defaultValue=${filters.text ?? ""} />
      <${Choice} label=${t("kind.face")} name="face_count" chosen=${filters.face_count} of=${FACES.map((one) => [one, t(`search.faces-${one}`)])} />
      <${Choice} label=${t("kind.code")} name="has_code" chosen=${filters.has_code} of=${[["true", t("search.codes-true")], ["false", t("search.codes-false")]]} />
      <${Choice} label=${t("history.status")} name="status" chosen=${filters.status} of=${STATES.map((one) => [one, t(`status.${one}`)])} />
      <${Field} label=${t("search.from")} name="from" type="date" defaultValue=${filters.from ?? ""} />
      <${Field} label=${t("search.to")} name="to" type="date" defaultValue=${filters.to ?? ""} />
    </div></details>
    <p class="row"><button class="button">${t("search.do")}</button>
      ${Object.keys(filters).length > 0 && html`<a class="button quiet" href="/history">${t("search.reset")}</a>`}</p>
  </form>`;
}

/** @param {{label: string, name: string, chosen: string | undefined, of: [string, string][]}} properties */
function Choice({ label, name, chosen, of: choices }) {
  return html`<label class="field"><span class="soft">${label}</span><select class="input" name=${name}>
    <option value="">${t("history.any")}</option>
    ${choices.map(([value, said]) => html`<option key=${value} value=${value} selected=${value === chosen}>${said}</option>`)}
  </select></label>`;
}

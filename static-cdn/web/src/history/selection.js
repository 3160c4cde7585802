import { api } from "../api/analyses.js";
import { AT_MOST } from "../compare/compared.js";
import { Button } from "../design/button.js";
import { each } from "../design/each.js";
import { html } from "../design/html.js";
import { Outcome } from "../design/outcome.js";
import { save } from "../design/save.js";
import { useAction } from "../design/use-action.js";
import { csvOfAll } from "../studio/table.js";
import { t } from "../words/words.js";
import { nameOf } from "./entry.js";

/**
 * What can be done with the analyses that are picked. What went well is picked no longer, so that a second try
 * takes the rest.
 * @param {{history: ReturnType<typeof import("./use-history.js").useHistory>, picked: ReadonlySet<string>,
 *   pick: (picked: ReadonlySet<string>) => void, toggle: (id: string, on: boolean) => void}} properties
 */
export function Selection({ history, picked, pick, toggle }) {
  const action = useAction();
  const ids = [...picked];
  const remove = () => confirm(t("history.delete-sure", { count: ids.length })) && action.run(() => each(ids, async (id) => {
    await api.delete(id);
    history.drop(id);
    toggle(id, false);
  }), t("history.deleted"));
  const retry = () => action.run(async () => {
    try {
      await each(ids, async (id) => { await api.retry(id); toggle(id, false); });
    } finally {
      history.refresh();
    }
  }, t("history.retried"));
  const take = (/** @type {(found: any[]) => Blob} */ make, /** @type {string} */ name) => () => action.run(async () => {
    /** @type {any[]} */
    const found = [];
    await each(ids, async (id) => found.push(await api.get(id)));
    save(make(found.sort((one, other) => (one.id < other.id ? 1 : -1))), name);
  });
  return html`${ids.length > 0 && html`<div class="row selection" role="group" aria-label=${t("history.selection")}>
      <span role="status">${t("history.selected", { count: ids.length })}</span>
      <${Button} kind="quiet" small act=${() => pick(new Set(history.items.map(({ id }) => id)))}>${t("history.all")}<//>
      <${Button} kind="quiet" small act=${() => pick(new Set())}>${t("history.none")}<//>
      <${Button} kind="quiet" small label=${t("history.export", { kind: "JSON" })} act=${take(asJson, "analyses.json")}>JSON<//>
      <${Button} kind="quiet" small label=${t("history.export", { kind: "CSV" })} act=${take(asCsv, "analyses.csv")}>CSV<//>
      ${ids.length > 1 && ids.length <= AT_MOST && html`<a class="button quiet small" href=${`/compare?ids=${ids}`}>${t("compare.do")}</a>`}
      <${Button} kind="quiet" small act=${retry}>${t("retry")}<//>
      <${Button} kind="danger" small act=${remove}>${t("delete")}<//></div>`}
    <${Outcome} of=${action} />`;
}

/** @param {any[]} found */
const asJson = (found) => new Blob([JSON.stringify(found, null, 2)], { type: "application/json" });

/** @param {any[]} found */
const asCsv = (found) => new Blob([csvOfAll(found.map((analysis) => ({ ...analysis, name: nameOf(analysis) })))], { type: "text/csv" });

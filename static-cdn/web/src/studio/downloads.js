import { useState } from "preact/hooks";

import { picture } from "../api/client.js";
import { Button } from "../design/button.js";
import { Failure } from "../design/failure.js";
import { html } from "../design/html.js";
import { save } from "../design/save.js";
import { t } from "../words/words.js";
import { annotated } from "./annotated.js";
import { csvOf } from "./table.js";

/** @param {{analysis: any}} properties */
export function Downloads({ analysis }) {
  const [error, setError] = useState(/** @type {unknown} */ (null));
  const drawn = async () => {
    setError(null);
    try {
      const blob = await picture(analysis.links.preview);
      save(await annotated(blob, analysis.result), `${analysis.id}.png`);
    } catch (failure) {
      setError(failure);
    }
  };
  const text = (/** @type {string} */ content, /** @type {string} */ type, /** @type {string} */ ending) =>
    () => save(new Blob([content], { type }), `${analysis.id}.${ending}`);
  return html`<div class="row" role="group" aria-label=${t("studio.download")}>
    <span class="soft">${t("studio.download")}</span>
    <${Button} kind="quiet" small act=${text(JSON.stringify(analysis, null, 2), "application/json", "json")}>JSON<//>
    <${Button} kind="quiet" small act=${text(csvOf(analysis.result), "text/csv", "csv")}>CSV<//>
    <${Button} kind="quiet" small act=${drawn}>PNG<//>
    <${Failure} error=${error} /></div>`;
}

import { useEffect, useState } from "preact/hooks";

import { json } from "../api/client.js";
import { Failure } from "../design/failure.js";
import { html } from "../design/html.js";
import { Preview } from "../design/preview.js";
import { useResource } from "../design/use-resource.js";
import { nameOf } from "../history/entry.js";
import { percent, t } from "../words/words.js";

const LIMIT = 12;
const AGAIN_MS = 3000;
const FOUND_BY = ["hash", "labels"]; // operations, of which one is needed

/** One's own pictures that look alike, sought when the reader wants to know. @param {{analysis: any}} properties */
export function Alike({ analysis: { id, input } }) {
  const [open, setOpen] = useState(false);
  if (!input.operations.some((/** @type {string} */ one) => FOUND_BY.includes(one))) return null;
  return html`<details class="raw" onToggle=${(/** @type {any} */ event) => setOpen(event.target.open)}><summary>${t("alike.title")}</summary>
    ${open && html`<${Found} id=${id} />`}</details>`;
}

/** @param {{id: string}} properties */
function Found({ id }) {
  const { value, error, reload } = useResource((signal) => json(`/v1/analyses/${id}/similar?limit=${LIMIT}`, { signal }), [id]);
  useEffect(() => {
    if (!value || value.complete) return undefined;
    const timer = setTimeout(reload, AGAIN_MS);
    return () => clearTimeout(timer);
  }, [value]);
  return html`<div class="stack">
    <${Failure} error=${error} again=${reload} />
    ${value && !value.complete && html`<p class="soft" role="status">${t("alike.incomplete")}</p>`}
    ${value?.complete && value.items.length === 0 && html`<p class="soft">${t("alike.none")}</p>`}
    <ol class="grid" aria-label=${t("alike.title")}>${value?.items.map((/** @type {any} */ { analysis, similarity, near_duplicate }) => html`<li key=${analysis.id}>
      <a class="entry" href=${`/analyses/${analysis.id}`}><${Preview} path=${analysis.links.preview} /><span class="cut">${nameOf(analysis)}</span>
        <span class="soft small">${near_duplicate ? t("alike.same", { share: percent(similarity) }) : t("alike.share", { share: percent(similarity) })}</span></a></li>`)}</ol>
  </div>`;
}

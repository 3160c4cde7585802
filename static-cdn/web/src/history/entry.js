import { html } from "../design/html.js";
import { Preview } from "../design/preview.js";
import { t, when } from "../words/words.js";

/** @param {{analysis: any, picked: boolean, pick: (on: boolean) => void}} properties */
export function Entry({ analysis, picked, pick }) {
  const { id, status, created_at, links } = analysis;
  const name = nameOf(analysis);
  return html`<li class=${picked ? "picked" : ""}><a class="entry" href=${`/analyses/${id}`}>
    ${status === "succeeded" ? html`<${Preview} path=${links.preview} />` : html`<span class="preview"></span>`}
    <span class="cut name">${name}</span>
    <span class="state small" data-status=${status}>${t(/** @type {import("../words/words.js").Key} */ (`status.${status}`))}</span>
    <span class="soft small">${when(created_at)}</span></a>
    <label class="pick"><input type="checkbox" checked=${picked} aria-label=${t("history.select", { name })}
      onChange=${(/** @type {any} */ event) => pick(event.target.checked)} /></label></li>`;
}

/** @param {any} analysis */
export function nameOf({ input }) {
  const given = input.metadata?.file_name ?? input.image_url?.split(/[?#]/)[0].split("/").pop();
  return typeof given === "string" && given ? given : t("history.uploaded");
}

import { json, posted } from "../api/client.js";
import { Button } from "../design/button.js";
import { html } from "../design/html.js";
import { t } from "../words/words.js";

const NEXT = "sightline.next"; // where the reader wanted to go; the way leads over another site

/**
 * A button for each identity provider that this system takes.
 * @param {{providers: {id: string, name: string}[], next: string | null}} properties
 */
export function Providers({ providers, next }) {
  const go = async (/** @type {string} */ provider) => {
    const { url } = await json("/v1/session/providers", { ...posted({ provider }), open: true });
    sessionStorage.setItem(NEXT, next ?? "");
    location.assign(url);
  };
  if (providers.length === 0) return null;
  return html`<ul class="stack" aria-label=${t("providers.list")}>${providers.map(({ id, name }) => html`<li key=${id}>
    <${Button} kind="quiet" act=${() => go(id)}>${t("providers.by", { name })}<//></li>`)}</ul>`;
}

/** Where the reader wanted to go; asked for once. @returns {string | null} */
export function wanted() {
  const next = sessionStorage.getItem(NEXT);
  sessionStorage.removeItem(NEXT);
  return next || null;
}

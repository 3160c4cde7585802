import { html } from "../design/html.js";
import { t } from "../words/words.js";

export function Missing() {
  return html`<section class="card stack">
    <h1>${t("missing.title")}</h1>
    <p>${t("missing.text")}</p>
    <p><a class="button" href="/">${t("nav.studio")}</a></p>
  </section>`;
}

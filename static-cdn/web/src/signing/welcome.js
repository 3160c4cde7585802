import { html } from "../design/html.js";
import { t } from "../words/words.js";

/** The start page of somebody who is not signed in. */
export function Welcome() {
  return html`<section class="card narrow stack">
    <h1>${t("welcome.title")}</h1>
    <p>${t("welcome.text")}</p>
    <p class="row"><a class="button" href="/sign-up">${t("sign.up")}</a>
      <a class="button quiet" href="/sign-in">${t("sign.in")}</a></p>
  </section>`;
}

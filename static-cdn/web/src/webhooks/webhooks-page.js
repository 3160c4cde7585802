import { html } from "../design/html.js";
import { t } from "../words/words.js";
import { Secret } from "./secret.js";
import { Trial } from "./trial.js";
import { Verifying } from "./verifying.js";

/** Messages that the system sends when an analysis has ended: the secret, a trial, and how a receiver checks them. */
export function WebhooksPage() {
  return html`<div class="stack columns">
    <h1>${t("webhooks.title")}</h1>
    <section class="card stack wide" aria-labelledby="about">
      <h2 id="about">${t("webhooks.about")}</h2>
      <p>${t("webhooks.about-text")}</p>
      <p class="soft">${t("webhooks.tries")}</p>
    </section>
    <${Secret} />
    <${Trial} />
    <${Verifying} />
  </div>`;
}

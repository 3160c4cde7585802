import { Programs } from "../design/programs.js";
import { html } from "../design/html.js";
import { t } from "../words/words.js";
import { RECEIVERS } from "./receivers.js";

/** How a receiver knows that a message is from here. */
export function Verifying() {
  return html`<section class="card stack wide" aria-labelledby="verifying">
    <h2 id="verifying">${t("webhooks.verify")}</h2>
    <p class="soft">${t("webhooks.verify-text")}</p>
    <${Programs} of=${RECEIVERS} />
  </section>`;
}

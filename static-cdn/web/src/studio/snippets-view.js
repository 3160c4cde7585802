import { html } from "../design/html.js";
import { Programs } from "../design/programs.js";
import { t } from "../words/words.js";
import { snippetsOf } from "./snippets.js";

/** The same call from a program. @param {{analysis: any}} properties */
export function Snippets({ analysis }) {
  return html`<details class="raw"><summary>${t("studio.call")}</summary>
    <div class="stack">
      <p class="soft small">${t("studio.call-key")} <a href="/keys">${t("nav.keys")}</a></p>
      <${Programs} of=${snippetsOf(analysis.input, location.origin)} />
    </div></details>`;
}

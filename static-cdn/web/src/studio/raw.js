import { CopyButton } from "../design/copy-button.js";
import { html } from "../design/html.js";
import { t } from "../words/words.js";

/** The analysis as the API gives it. @param {{analysis: any}} properties */
export function Raw({ analysis }) {
  const text = JSON.stringify(analysis, null, 2);
  return html`<details class="raw"><summary>${t("studio.raw")}</summary>
    <div class="stack"><div class="row"><${CopyButton} text=${text} /></div>
    <pre tabindex="0"><code>${text}</code></pre></div></details>`;
}

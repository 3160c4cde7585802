import { CopyButton } from "../design/copy-button.js";
import { html } from "../design/html.js";
import { t } from "../words/words.js";

/** The analysis as the API gives it. @param {{analysis: any}} properties */
export function Raw({ analysis }) {
  const text = JSON.stringify(analysis, null, 2);
  const file = `data:application/json,${encodeURIComponent(text)}`;
  return html`<details class="raw"><summary>${t("studio.raw")}</summary>
    <div class="stack"><div class="row"><${CopyButton} text=${text} />
      <a class="button quiet small" href=${file} download=${`${analysis.id}.json`}>${t("studio.download")}</a></div>
    <pre tabindex="0"><code>${text}</code></pre></div></details>`;
}

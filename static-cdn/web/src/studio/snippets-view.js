import { useState } from "preact/hooks";

import { CopyButton } from "../design/copy-button.js";
import { html } from "../design/html.js";
import { t } from "../words/words.js";
import { snippetsOf } from "./snippets.js";

/** The same call from a program. @param {{analysis: any}} properties */
export function Snippets({ analysis }) {
  const snippets = snippetsOf(analysis.input, location.origin);
  const [chosen, choose] = useState("curl");
  const text = snippets.find(({ name }) => name === chosen)?.text ?? "";
  return html`<details class="raw"><summary>${t("studio.call")}</summary>
    <div class="stack">
      <p class="soft small">${t("studio.call-key")} <a href="/keys">${t("nav.keys")}</a></p>
      <div class="row">${snippets.map(({ name }) => html`<button key=${name} type="button" class="chip" aria-pressed=${name === chosen}
        onClick=${() => choose(name)}>${name}</button>`)}<${CopyButton} text=${text} /></div>
      <pre tabindex="0"><code>${text}</code></pre>
    </div></details>`;
}

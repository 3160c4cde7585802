import { useState } from "preact/hooks";

import { CopyButton } from "./copy-button.js";
import { html } from "./html.js";

/**
 * The same program in several languages, of which one is shown: the first one, or what was chosen here or elsewhere.
 * @param {{of: {name: string, text: string}[], chosen?: string, choose?: (name: string) => void}} properties
 */
export function Programs({ of: programs, chosen, choose }) {
  const [own, chooseOwn] = useState("");
  const shown = programs.find(({ name }) => name === (chosen ?? own)) ?? programs[0];
  const text = shown?.text ?? "";
  return html`<div class="stack">
    <div class="row">${programs.map((one) => html`<button key=${one.name} type="button" class="chip" aria-pressed=${one === shown}
      onClick=${() => (choose ?? chooseOwn)(one.name)}>${one.name}</button>`)}<${CopyButton} text=${text} /></div>
    <pre class="code" tabindex="0"><code>${text}</code></pre>
  </div>`;
}

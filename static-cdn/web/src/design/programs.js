import { useState } from "preact/hooks";

import { CopyButton } from "./copy-button.js";
import { html } from "./html.js";

/**
 * The same program in several languages, of which one is shown.
 * @param {{of: {name: string, text: string}[]}} properties
 */
export function Programs({ of: programs }) {
  const [chosen, choose] = useState(programs[0]?.name);
  const text = programs.find(({ name }) => name === chosen)?.text ?? "";
  return html`<div class="stack">
    <div class="row">${programs.map(({ name }) => html`<button key=${name} type="button" class="chip" aria-pressed=${name === chosen}
      onClick=${() => choose(name)}>${name}</button>`)}<${CopyButton} text=${text} /></div>
    <pre class="code" tabindex="0"><code>${text}</code></pre>
  </div>`;
}

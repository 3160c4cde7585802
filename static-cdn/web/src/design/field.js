import { useId } from "preact/hooks";

import { html } from "./html.js";

/**
 * A text field with its label, and what is wrong with it right beneath it.
 * @param {{label: string, name: string, type?: string, hint?: string, wrong?: string | undefined,
 *   [attribute: string]: any}} properties further ones are the input's attributes
 */
export function Field({ label, name, type = "text", hint = "", wrong, ...attributes }) {
  const id = useId();
  const told = [wrong && `${id}-wrong`, hint && `${id}-hint`].filter(Boolean).join(" ");
  return html`<div class="field">
    <label for=${id}>${label}</label>
    <input class="input" id=${id} name=${name} type=${type} aria-invalid=${wrong ? "true" : undefined}
      aria-describedby=${told || undefined} ...${attributes} />
    ${hint && html`<span class="hint" id=${`${id}-hint`}>${hint}</span>`}
    ${wrong && html`<span class="wrong" id=${`${id}-wrong`} role="alert">${wrong}</span>`}
  </div>`;
}

import { useId } from "preact/hooks";

import { html } from "./html.js";

/**
 * A text of several lines with its label, and what is wrong with it right beneath it.
 * @param {{label: string, name: string, hint?: string, wrong?: string, [attribute: string]: any}} properties
 *   further ones are the text area's attributes
 */
export function Area({ label, name, hint = "", wrong = "", ...attributes }) {
  const id = useId();
  const told = [wrong && `${id}-wrong`, hint && `${id}-hint`].filter(Boolean).join(" ");
  return html`<div class="field">
    <label for=${id}>${label}</label>
    <textarea class="input" id=${id} name=${name} aria-invalid=${wrong ? "true" : undefined}
      aria-describedby=${told || undefined} ...${attributes}></textarea>
    ${hint && html`<span class="hint" id=${`${id}-hint`}>${hint}</span>`}
    ${wrong && html`<span class="wrong" id=${`${id}-wrong`} role="alert">${wrong}</span>`}
  </div>`;
}

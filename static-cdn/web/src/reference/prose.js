import { html } from "../design/html.js";

/** The contract's words, which are English: paragraphs, with code between backticks. @param {{text: string}} properties */
export function Prose({ text }) {
  if (!text) return null;
  return html`<div lang="en" class="prose">${text.split(/\n\s*\n/).map((paragraph) => html`<p>${inline(paragraph)}</p>`)}</div>`;
}

/** @param {string} text */
export const inline = (text) => text.split("`").map((part, index) => (index % 2 === 1 ? html`<code>${part}</code>` : part));

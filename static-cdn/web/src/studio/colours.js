import { useState } from "preact/hooks";

import { html } from "../design/html.js";
import { percent, t } from "../words/words.js";

/** The main colours, each as wide as its part of the picture; one that is pressed is copied. @param {{colours: any[]}} properties */
export function Colours({ colours }) {
  const [copied, setCopied] = useState("");
  if (colours.length === 0) return null;
  const copy = async (/** @type {string} */ hex) => {
    await navigator.clipboard.writeText(hex);
    setCopied(hex);
  };
  return html`<div class="stack">
    <div class="colours" id="colours" role="group" aria-label=${t("found.colours")}>${colours.map(({ hex, name, fraction }) => {
      const label = t("found.colour", { name, hex, share: percent(fraction) });
      return html`<button key=${hex} type="button" style=${{ background: hex, flexGrow: fraction }} title=${label} aria-label=${label} onClick=${() => copy(hex)}></button>`;
    })}</div>
    <p class="soft small" role="status">${copied ? t("found.copied", { hex: copied }) : t("found.colours-hint")}</p>
  </div>`;
}

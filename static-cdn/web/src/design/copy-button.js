import { useState } from "preact/hooks";

import { t } from "../words/words.js";
import { Button } from "./button.js";
import { html } from "./html.js";

const SAID_MS = 1500;

/** Copies a text, and says so. @param {{text: string, children?: any}} properties */
export function CopyButton({ text, children }) {
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(text);
    setCopied(true);
    setTimeout(() => setCopied(false), SAID_MS);
  };
  return html`<${Button} kind="quiet" small act=${copy}>${copied ? t("copied") : children ?? t("copy")}<//>`;
}

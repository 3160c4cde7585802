import { t } from "../words/words.js";
import { told } from "../words/told.js";
import { Button } from "./button.js";
import { html } from "./html.js";

/**
 * What went wrong, beside what caused it, with a way to try again.
 * @param {{error: unknown, again?: () => unknown}} properties
 */
export function Failure({ error, again }) {
  if (!error) return null;
  return html`<div class="notice bad" role="alert">
    <span>${told(error)}</span>
    ${again && html`<${Button} kind="quiet" small act=${again}>${t("again")}<//>`}
  </div>`;
}

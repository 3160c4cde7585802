import { Failure } from "./failure.js";
import { html } from "./html.js";

/** How an action went. @param {{of: {error: unknown, said: string}}} properties */
export function Outcome({ of: { error, said } }) {
  return html`<${Failure} error=${error} />${said && html`<p class="notice good" role="status">${said}</p>`}`;
}

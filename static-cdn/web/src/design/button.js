import { useState } from "preact/hooks";

import { ended } from "../shell/session.js";
import { told } from "../words/told.js";
import { html } from "./html.js";

/**
 * A button whose action may take time: it cannot be pressed again before the action has ended. What goes wrong and
 * is told nowhere else stands behind it.
 * @param {{act: () => unknown, kind?: "quiet" | "danger" | "", small?: boolean, disabled?: boolean,
 *   label?: string | undefined, children?: any}} properties `label` is what a screen reader says instead
 */
export function Button({ act, kind = "", small = false, disabled = false, label, children }) {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState(/** @type {unknown} */ (null));
  const press = async () => {
    setBusy(true);
    setError(null);
    try {
      await act();
    } catch (failure) {
      if (!ended(failure)) setError(failure);
    } finally {
      setBusy(false);
    }
  };
  return html`<button type="button" class=${`button ${kind} ${small ? "small" : ""}`} aria-busy=${busy}
    aria-label=${label} disabled=${disabled || busy} onClick=${press}>${children}</button>
    ${error && html`<span class="wrong" role="alert">${told(error)}</span>`}`;
}

import { useState } from "preact/hooks";

import { html } from "./html.js";

/**
 * A button whose action may take time: it cannot be pressed again before the action has ended.
 * @param {{act: () => unknown, kind?: "quiet" | "danger" | "", small?: boolean, disabled?: boolean,
 *   label?: string | undefined, children?: any}} properties `label` is what a screen reader says instead
 */
export function Button({ act, kind = "", small = false, disabled = false, label, children }) {
  const [busy, setBusy] = useState(false);
  const press = async () => {
    setBusy(true);
    try {
      await act();
    } finally {
      setBusy(false);
    }
  };
  return html`<button type="button" class=${`button ${kind} ${small ? "small" : ""}`} aria-busy=${busy}
    aria-label=${label} disabled=${disabled || busy} onClick=${press}>${children}</button>`;
}

import { useState } from "preact/hooks";

import { Failure } from "../design/failure.js";
import { Field } from "../design/field.js";
import { html } from "../design/html.js";
import { t } from "../words/words.js";

/** @typedef {{email?: string, password?: string}} Wrong */

/**
 * E-mail address and password, and a button that does what the page says.
 * @param {{action: string, autocomplete: string, hint?: string,
 *   check: (email: string, password: string) => Wrong,
 *   send: (email: string, password: string) => Promise<void>,
 *   explain: (error: unknown) => Wrong | null}} properties `explain` gives what an error says of a field
 */
export function CredentialsForm({ action, autocomplete, hint = "", check, send, explain }) {
  const [wrong, setWrong] = useState(/** @type {Wrong} */ ({}));
  const [error, setError] = useState(/** @type {unknown} */ (null));
  const [busy, setBusy] = useState(false);

  const submit = async (/** @type {any} */ event) => {
    event.preventDefault();
    const form = event.target;
    const [email, password] = [form.email.value.trim(), form.password.value];
    const found = check(email, password);
    setError(null);
    setWrong(found);
    const first = Object.keys(found)[0];
    if (first) return form[first].focus();
    setBusy(true);
    try {
      await send(email, password);
    } catch (failure) {
      const said = explain(failure);
      setWrong(said ?? {});
      setError(said ? null : failure);
      setBusy(false);
      form[said?.email ? "email" : "password"].focus();
    }
  };

  return html`<form class="stack" novalidate onSubmit=${submit}>
    <${Field} label=${t("sign.email")} name="email" type="email" autocomplete="username" maxlength="254" wrong=${wrong.email} required />
    <${Field} label=${t("sign.password")} name="password" type="password" autocomplete=${autocomplete} maxlength="128"
      hint=${hint} wrong=${wrong.password} required />
    <${Failure} error=${error} />
    <button class="button" aria-busy=${busy} disabled=${busy}>${action}</button>
  </form>`;
}

/** @param {string} email @returns {Wrong} */
export const checkEmail = (email) => (/^[^@\s]+@[^@\s]+$/.test(email) ? {} : { email: t("sign.email-wrong") });

import { useState } from "preact/hooks";

import { publicPost } from "../api/client.js";
import { Field } from "../design/field.js";
import { html } from "../design/html.js";
import { Outcome } from "../design/outcome.js";
import { useAction } from "../design/use-action.js";
import { t } from "../words/words.js";
import { checkEmail } from "./credentials-form.js";

/** Asks for a link by mail. What it says is the same whether or not there is such an account. */
export function ForgotPasswordPage() {
  const action = useAction();
  const [wrong, setWrong] = useState("");
  const [busy, setBusy] = useState(false);
  const submit = async (/** @type {any} */ event) => {
    event.preventDefault();
    const field = event.target.email;
    const email = field.value.trim();
    const found = checkEmail(email).email ?? "";
    setWrong(found);
    if (found) return field.focus();
    setBusy(true);
    await action.run(() => publicPost("/v1/password-resets", { email }), t("forgot.sent"));
    setBusy(false);
  };
  return html`<section class="card narrow stack">
    <h1>${t("forgot.title")}</h1>
    <p>${t("forgot.text")}</p>
    <form class="stack" novalidate onSubmit=${submit}>
      <${Field} label=${t("sign.email")} name="email" type="email" autocomplete="username" maxlength="254" wrong=${wrong} required />
      <${Outcome} of=${action} />
      <button class="button" aria-busy=${busy} disabled=${busy}>${t("forgot.send")}</button>
    </form>
    <p class="soft"><a href="/sign-in">${t("sign.in")}</a></p>
  </section>`;
}

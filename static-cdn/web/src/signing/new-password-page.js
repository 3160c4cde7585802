import { useState } from "preact/hooks";

import { publicPost } from "../api/client.js";
import { Problem } from "../api/problem.js";
import { Field } from "../design/field.js";
import { html } from "../design/html.js";
import { Outcome } from "../design/outcome.js";
import { useAction } from "../design/use-action.js";
import { t } from "../words/words.js";
import { LinkEnded, secretIn, forgetSecret } from "./mailed-link.js";

const PASSWORD_AT_LEAST = 8;

/** Where the link of a mail leads to: its secret is in the fragment. @param {{place: URL}} properties */
export function NewPasswordPage({ place }) {
  const action = useAction();
  const [secret] = useState(secretIn(place));
  const [wrong, setWrong] = useState("");
  const [ended, setEnded] = useState(!secret);
  const [done, setDone] = useState(false);
  const set = async (/** @type {string} */ password) => {
    try {
      await publicPost("/v1/password-resets/redeem", { token: secret, password });
    } catch (error) {
      if (error instanceof Problem && error.slug === "link-not-valid") return setEnded(true);
      if (error instanceof Problem && error.fields.password) return setWrong(error.fields.password);
      throw error;
    }
    forgetSecret();
    setDone(true);
  };
  const submit = async (/** @type {any} */ event) => {
    event.preventDefault();
    const field = event.target.password;
    const short = [...field.value].length < PASSWORD_AT_LEAST;
    setWrong(short ? t("sign.password-short") : "");
    if (short) return field.focus();
    await action.run(() => set(field.value));
  };
  if (ended) return html`<${LinkEnded} title=${t("new-password.title")} again="/forgot-password" />`;
  return html`<section class="card narrow stack">
    <h1>${t("new-password.title")}</h1>
    ${done
      ? html`<p class="notice good" role="status">${t("new-password.set")}</p>
        <p><a class="button" href="/sign-in">${t("sign.in")}</a></p>`
      : html`<p>${t("new-password.text")}</p>
        <form class="stack" novalidate onSubmit=${submit}>
          <${Field} label=${t("account.password-new")} name="password" type="password" autocomplete="new-password" maxlength="128"
            hint=${t("sign.password-hint")} wrong=${wrong} required />
          <${Outcome} of=${action} />
          <button class="button">${t("new-password.do")}</button>
        </form>`}
  </section>`;
}

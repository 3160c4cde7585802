import { useState } from "preact/hooks";

import { patched, request } from "../api/client.js";
import { Problem } from "../api/problem.js";
import { Field } from "../design/field.js";
import { html } from "../design/html.js";
import { Outcome } from "../design/outcome.js";
import { useAction } from "../design/use-action.js";
import { t } from "../words/words.js";

/** @param {{email: string}} properties */
export function Password({ email }) {
  const action = useAction();
  const [wrong, setWrong] = useState(/** @type {Record<string, string>} */ ({}));
  const submit = async (/** @type {any} */ event) => {
    event.preventDefault();
    const form = event.target;
    const [current, next] = [form.current_password.value, form.password.value];
    const found = {
      ...(current ? {} : { current_password: t("sign.password-missing") }),
      ...([...next].length < 8 ? { password: t("sign.password-short") } : {}),
    };
    setWrong(found);
    if (Object.keys(found).length > 0) return;
    const changes = { current_password: current, password: next };
    const good = await action.run(async () => {
      try {
        await request("/v1/me", patched(changes));
      } catch (error) {
        if (!(error instanceof Problem) || ![400, 403, 422].includes(error.status)) throw error;
        setWrong({ current_password: t("account.password-refused") });
        throw error;
      }
    }, t("account.password-changed"));
    if (good) form.reset();
  };
  return html`<form class="stack" novalidate onSubmit=${submit}>
    <h3>${t("account.password")}</h3>
    <input name="username" autocomplete="username" value=${email} hidden />
    <${Field} label=${t("account.password-now")} name="current_password" type="password" autocomplete="current-password" maxlength="128" wrong=${wrong.current_password} />
    <${Field} label=${t("account.password-new")} name="password" type="password" autocomplete="new-password" maxlength="128"
      hint=${t("sign.password-hint")} wrong=${wrong.password} />
    ${!wrong.current_password && html`<${Outcome} of=${action} />`}
    <p><button class="button quiet">${t("account.password-change")}</button></p>
  </form>`;
}

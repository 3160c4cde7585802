import { useState } from "preact/hooks";

import { json, request } from "../api/client.js";
import { Button } from "../design/button.js";
import { Field } from "../design/field.js";
import { html } from "../design/html.js";
import { Outcome } from "../design/outcome.js";
import { useAction } from "../design/use-action.js";
import { leave } from "../shell/session.js";
import { t } from "../words/words.js";

/** Everything that is kept, to take along. */
export function Export() {
  const action = useAction();
  const fetch = () => action.run(async () => location.assign((await json("/v1/me/export")).url));
  return html`<div class="stack"><h3>${t("account.export")}</h3>
    <p class="soft">${t("account.export-text")}</p>
    <${Outcome} of=${action} />
    <p><${Button} kind="quiet" act=${fetch}>${t("account.export-get")}<//></p></div>`;
}

/** @param {{email: string}} properties */
export function DeleteAccount({ email }) {
  const action = useAction();
  const [wrong, setWrong] = useState("");
  const submit = async (/** @type {any} */ event) => {
    event.preventDefault();
    const same = event.target.email.value.trim() === email;
    setWrong(same ? "" : t("account.delete-other"));
    if (same) await action.run(async () => { await request("/v1/me", { method: "DELETE" }); await leave(); });
  };
  return html`<form class="stack" novalidate onSubmit=${submit}>
    <h3>${t("account.delete")}</h3>
    <p class="soft">${t("account.delete-text")}</p>
    <${Field} label=${t("account.delete-email")} name="email" type="email" autocomplete="off" wrong=${wrong} />
    <${Outcome} of=${action} />
    <p><button class="button danger">${t("account.delete-do")}</button></p>
  </form>`;
}

import { useState } from "preact/hooks";

import { patched, request } from "../api/client.js";
import { Field } from "../design/field.js";
import { html } from "../design/html.js";
import { Outcome } from "../design/outcome.js";
import { useAction } from "../design/use-action.js";
import { resume, useSession } from "../shell/session.js";
import { t } from "../words/words.js";

const AMOUNT = /^\d{1,7}([.,]\d{1,2})?$/;

/** The amount at which nothing more is taken on. */
export function Budget() {
  const { me } = useSession();
  const action = useAction();
  const [wrong, setWrong] = useState("");
  const submit = async (/** @type {any} */ event) => {
    event.preventDefault();
    const given = event.target.monthly_budget.value.trim();
    const good = given === "" || AMOUNT.test(given);
    setWrong(good ? "" : t("usage.budget-wrong"));
    if (!good) return;
    const changes = { monthly_budget: given.replace(",", ".") || null };
    await action.run(async () => {
      await request("/v1/me", patched(changes));
      await resume();
    }, t(given ? "usage.budget-set" : "usage.budget-none"));
  };
  return html`<section class="card" aria-labelledby="budget"><form class="stack" novalidate onSubmit=${submit}>
    <h2 id="budget">${t("usage.budget")}</h2>
    <${Field} label=${t("usage.budget-label")} name="monthly_budget" inputmode="decimal" wrong=${wrong}
      hint=${t("usage.budget-hint")} defaultValue=${me.monthly_budget ?? ""} />
    <${Outcome} of=${action} />
    <p><button class="button quiet">${t("usage.budget-save")}</button></p>
  </form></section>`;
}

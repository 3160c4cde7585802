import { useState } from "preact/hooks";

import { json, posted, publicJson } from "../api/client.js";
import { Field } from "../design/field.js";
import { html } from "../design/html.js";
import { Outcome } from "../design/outcome.js";
import { useAction } from "../design/use-action.js";
import { isAddress } from "../studio/intake.js";
import { t } from "../words/words.js";

const OPERATIONS = ["colors"]; // the quickest one

/** A message by way of a sample picture, so that a receiver can be tried before a program needs it. */
export function Trial() {
  const action = useAction();
  const [wrong, setWrong] = useState("");
  const [sent, setSent] = useState("");
  const submit = async (/** @type {any} */ event) => {
    event.preventDefault();
    const field = event.target.webhook_url;
    const address = field.value.trim();
    setWrong(isAddress(address) ? "" : t("studio.address-wrong"));
    setSent("");
    if (!isAddress(address)) return field.focus();
    await action.run(async () => {
      const [sample] = await publicJson("/samples/index.json");
      const image = new URL(sample.url, location.href).href;
      setSent((await json("/v1/analyses", posted({ image_url: image, operations: OPERATIONS, webhook_url: address }))).id);
    });
  };
  return html`<section class="card" aria-labelledby="trial"><form class="stack" novalidate onSubmit=${submit}>
    <h2 id="trial">${t("webhooks.trial")}</h2>
    <${Field} label=${t("webhooks.address")} name="webhook_url" type="url" maxlength="2048" placeholder="https://…"
      hint=${t("webhooks.address-hint")} wrong=${wrong} />
    <${Outcome} of=${action} />
    ${sent && html`<p class="notice good" role="status"><span>${t("webhooks.sent")} <a href=${`/analyses/${sent}`}>${t("studio.analysis")}</a></span></p>`}
    <p><button class="button">${t("webhooks.send")}</button></p>
  </form></section>`;
}

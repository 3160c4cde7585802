import { useState } from "preact/hooks";

import { json, posted } from "../api/client.js";
import { Area } from "../design/area.js";
import { html } from "../design/html.js";
import { Outcome } from "../design/outcome.js";
import { useAction } from "../design/use-action.js";
import { useSession } from "../shell/session.js";
import { keep, kept, OptionsForm } from "../studio/options.js";
import { t } from "../words/words.js";
import { addressesOf, AT_MOST } from "./addresses.js";
import { note } from "./begun.js";

/** @param {{made: (id: string) => void}} properties */
export function NewBatch({ made }) {
  const { me } = useSession();
  const action = useAction();
  const [options, setOptions] = useState(kept);
  const [wrong, setWrong] = useState("");
  const change = (/** @type {typeof options} */ next) => { setOptions(next); keep(next); };
  const submit = async (/** @type {any} */ event) => {
    event.preventDefault();
    const form = event.target;
    const found = wrongWith(form.addresses.value);
    setWrong(found);
    if (found) return form.addresses.focus();
    const { addresses } = addressesOf(form.addresses.value);
    await action.run(async () => {
      const batch = await json("/v1/batches", posted({ items: addresses.map((image_url) => ({ image_url, ...options })) }));
      note({ id: batch.id, user: me.id, time: batch.created_at, count: batch.items.length });
      form.reset();
      made(batch.id);
    });
  };
  return html`<section class="card" aria-labelledby="new-batch"><form class="stack" novalidate onSubmit=${submit}>
    <h2 id="new-batch">${t("batches.new")}</h2>
    <${Area} label=${t("batches.addresses")} name="addresses" rows="6" spellcheck=${false} placeholder="https://…"
      hint=${t("batches.hint", { count: AT_MOST })} wrong=${wrong} />
    <${OptionsForm} options=${options} change=${change} />
    <${Outcome} of=${action} />
    <p><button class="button" disabled=${options.operations.length === 0}>${t("studio.analyse")}</button></p>
  </form></section>`;
}

/** @param {string} text @returns {string} "" where it can be sent */
function wrongWith(text) {
  const { addresses, wrong } = addressesOf(text);
  if (wrong.length > 0) return t("batches.lines-wrong", { lines: wrong.join(", ") });
  if (addresses.length === 0) return t("batches.no-address");
  return addresses.length > AT_MOST ? t("batches.too-many", { count: addresses.length }) : "";
}

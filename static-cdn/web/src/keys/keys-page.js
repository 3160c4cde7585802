import { useState } from "preact/hooks";

import { json, posted, request } from "../api/client.js";
import { Button } from "../design/button.js";
import { CopyButton } from "../design/copy-button.js";
import { Field } from "../design/field.js";
import { html } from "../design/html.js";
import { Outcome } from "../design/outcome.js";
import { More, usePages } from "../design/pages.js";
import { useAction } from "../design/use-action.js";
import { useSession } from "../shell/session.js";
import { t, when } from "../words/words.js";

const SCOPES = /** @type {const} */ (["analyses:read", "analyses:write", "account"]);
const OF_ADMINS = /** @type {const} */ (["metrics:read"]);
const USUAL = new Set(["analyses:read", "analyses:write"]);

export function KeysPage() {
  const pages = usePages("/v1/me/api-keys?limit=100");
  const [made, setMade] = useState("");
  const shown = (/** @type {{key: string}} */ { key }) => { setMade(key); return pages.reload(); };
  return html`<div class="stack columns">
    <h1>${t("keys.title")}</h1>
    <section class="card stack" aria-labelledby="keys">
      <h2 id="keys">${t("keys.list")}</h2>
      ${made && html`<div class="notice good" id="new-key" role="status"><span>${t("keys.once")} <code>${made}</code></span><${CopyButton} text=${made} /></div>`}
      <ul class="things" aria-label=${t("keys.list")}>${pages.items.map((key) => html`<${Key} key=${key.id} of=${key} shown=${shown} reload=${pages.reload} />`)}</ul>
      ${pages.first && pages.items.length === 0 && html`<p class="soft">${t("keys.none")}</p>`}
      <${More} pages=${pages} />
    </section>
    <${MakeKey} shown=${shown} />
  </div>`;
}

/** @param {{of: any, shown: (made: any) => Promise<void>, reload: () => Promise<void>}} properties */
function Key({ of: { id, name, scopes, created_at, expires_at, last_used_at }, shown, reload }) {
  const action = useAction();
  const renew = () => action.run(async () => shown(await json(`/v1/me/api-keys/${id}/rotate`, posted({}))), t("keys.renewed"));
  const remove = () => confirm(t("keys.delete-sure", { name })) && action.run(async () => {
    await request(`/v1/me/api-keys/${id}`, { method: "DELETE" });
    await reload();
  });
  const words = [
    scopes.join(", "), t("keys.made", { time: when(created_at) }),
    last_used_at ? t("keys.used", { time: when(last_used_at) }) : t("keys.never-used"),
    expires_at && t("keys.ends-at", { time: when(expires_at) }),
  ].filter(Boolean).join(" · ");
  return html`<li><div><strong>${name}</strong><span>${words}</span></div>
    <${Button} kind="quiet" small label=${t("keys.renew-one", { name })} act=${renew}>${t("keys.renew")}<//>
    <${Button} kind="danger" small label=${t("keys.delete-one", { name })} act=${remove}>${t("delete")}<//>
    <${Outcome} of=${action} /></li>`;
}

/** @param {{shown: (made: any) => Promise<void>}} properties */
function MakeKey({ shown }) {
  const action = useAction();
  const { me } = useSession();
  const [wrong, setWrong] = useState("");
  const scopes = [...SCOPES, ...OF_ADMINS.filter((scope) => me.scopes.includes(scope))];
  const submit = async (/** @type {any} */ event) => {
    event.preventDefault();
    const form = event.target;
    const given = new FormData(form);
    const name = String(given.get("name")).trim();
    setWrong(name ? "" : t("keys.name-missing"));
    if (!name) return form.name.focus();
    const ends = given.get("expires");
    const wanted = { name, scopes: given.getAll("scopes"), ...(ends ? { expires_at: `${ends}T23:59:59Z` } : {}) };
    if (await action.run(async () => shown(await json("/v1/me/api-keys", posted(wanted))))) form.reset();
  };
  return html`<section class="card" aria-labelledby="make"><form class="stack" novalidate onSubmit=${submit}>
    <h2 id="make">${t("keys.make")}</h2>
    <${Field} label=${t("keys.name")} name="name" maxlength="100" wrong=${wrong} />
    <fieldset class="choices"><legend>${t("keys.may")}</legend>
      ${scopes.map((scope) => html`<label class="choice" key=${scope}><input type="checkbox" name="scopes" value=${scope} defaultChecked=${USUAL.has(scope)} /> ${t(`scope.${scope}`)}</label>`)}
    </fieldset>
    <${Field} label=${t("keys.ends")} name="expires" type="date" />
    <${Outcome} of=${action} />
    <p><button class="button">${t("keys.make")}</button></p>
  </form></section>`;
}

import { useEffect, useState } from "preact/hooks";

import { json, patched } from "../api/client.js";
import { Button } from "../design/button.js";
import { html } from "../design/html.js";
import { Outcome } from "../design/outcome.js";
import { More, usePages } from "../design/pages.js";
import { useAction } from "../design/use-action.js";
import { useSession } from "../shell/session.js";
import { number, t, when } from "../words/words.js";

/** Everybody who has an account: found by e-mail address or id, suspended, and given a quota. */
export function Users() {
  const pages = usePages("/v1/users?limit=50");
  const [sought, seek] = useState("");
  const found = pages.items.filter(({ email, id }) => `${email} ${id}`.toLowerCase().includes(sought.toLowerCase()));
  // Nobody yet: whoever is sought may be further down.
  useEffect(() => { if (sought && found.length === 0 && pages.cursor) void pages.more(); }, [sought, pages.items]);
  return html`<section class="card stack wide" aria-labelledby="users">
    <h2 id="users">${t("admin.users")}</h2>
    <label class="field"><span class="soft">${t("admin.find")}</span>
      <input class="input" type="search" value=${sought} onInput=${(/** @type {any} */ event) => seek(event.target.value)} /></label>
    <ul class="things" aria-label=${t("admin.users")}>${found.map((user) => html`<${User} key=${user.id} user=${user} reload=${pages.reload} />`)}</ul>
    <${More} pages=${pages} />
  </section>`;
}

/** @param {{user: any, reload: () => Promise<void>}} properties */
function User({ user: { id, email, created_at, suspended, monthly_quota, scopes }, reload }) {
  const { me } = useSession();
  const action = useAction();
  const change = (/** @type {object} */ changes) => action.run(async () => {
    await json(`/v1/users/${id}`, patched(changes));
    await reload();
  });
  const suspend = () => (suspended || confirm(t("admin.suspend-sure", { email }))) && change({ suspended: !suspended });
  const grant = () => {
    const given = prompt(t("admin.quota-ask", { email }), monthly_quota ?? "");
    if (given === null) return undefined;
    return change({ monthly_quota: given.trim() === "" ? null : Number(given) });
  };
  const words = [
    t("keys.made", { time: when(created_at) }), scopes.includes("admin") && t("admin.is-admin"),
    monthly_quota === null ? t("admin.usual-quota") : t("admin.quota", { quota: number(monthly_quota) }),
    suspended && t("admin.is-suspended"),
  ].filter(Boolean).join(" · ");
  return html`<li><div><strong>${email}</strong><span>${words}</span></div>
    <${Button} kind="quiet" small label=${`${t("admin.quota-set")}: ${email}`} act=${grant}>${t("admin.quota-set")}<//>
    ${id !== me.id && html`<${Button} kind=${suspended ? "quiet" : "danger"} small
      label=${`${t(suspended ? "admin.reinstate" : "admin.suspend")}: ${email}`} act=${suspend}>${t(suspended ? "admin.reinstate" : "admin.suspend")}<//>`}
    <${Outcome} of=${action} /></li>`;
}

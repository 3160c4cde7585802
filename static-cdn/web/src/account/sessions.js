import { request } from "../api/client.js";
import { Button } from "../design/button.js";
import { html } from "../design/html.js";
import { Outcome } from "../design/outcome.js";
import { More, usePages } from "../design/pages.js";
import { useAction } from "../design/use-action.js";
import { leave } from "../shell/session.js";
import { t, when } from "../words/words.js";
import { program } from "./program.js";

export function Sessions() {
  const pages = usePages("/v1/me/sessions?limit=100");
  const action = useAction();
  const end = (/** @type {string} */ id) => action.run(async () => {
    await request(`/v1/me/sessions/${id}`, { method: "DELETE" });
    await pages.reload();
  });
  const endAll = () => action.run(async () => {
    await request("/v1/me/sessions", { method: "DELETE" });
    await leave();
  });
  return html`<section class="card stack" aria-labelledby="sessions">
    <h2 id="sessions">${t("account.sessions")}</h2>
    <ul class="things" aria-label=${t("account.sessions")}>${pages.items.map(({ id, created_at, last_used_at, user_agent, current }) => {
      const name = program(user_agent) || t("account.nameless");
      return html`<li key=${id}><div><strong>${name}${current ? ` (${t("account.this-one")})` : ""}</strong>
        <span>${t("account.session-times", { since: when(created_at), used: when(last_used_at) })}</span></div>
        ${!current && html`<${Button} kind="quiet" small label=${`${t("nav.sign-out")}: ${name}`} act=${() => end(id)}>${t("nav.sign-out")}<//>`}</li>`;
    })}</ul>
    <${More} pages=${pages} />
    <${Outcome} of=${action} />
    <p><${Button} kind="quiet" act=${endAll}>${t("account.everywhere")}<//></p>
  </section>`;
}

import { html } from "../design/html.js";
import { useSession } from "../shell/session.js";
import { t, when } from "../words/words.js";
import { Address } from "./address.js";
import { DeleteAccount, Export } from "./leaving.js";
import { Events } from "./events.js";
import { Password } from "./password.js";
import { Sessions } from "./sessions.js";

export function AccountPage() {
  const { me } = useSession();
  return html`<div class="stack columns">
    <h1>${t("account.title")}</h1>
    <section class="card stack" aria-labelledby="you">
      <h2 id="you">${t("account.you")}</h2>
      <dl class="facts">
        <div><dt>${t("sign.email")}</dt><dd>${me.email}</dd></div>
        <div><dt>${t("account.since")}</dt><dd>${when(me.created_at)}</dd></div>
        <div><dt>${t("account.id")}</dt><dd><code>${me.id}</code></dd></div>
      </dl>
      <${Address} proved=${me.email_verified} />
      <${Password} email=${me.email} />
    </section>
    <${Sessions} />
    <${Events} />
    <section class="card stack" aria-labelledby="keep">
      <h2 id="keep">${t("account.data")}</h2>
      <${Export} />
      <${DeleteAccount} email=${me.email} />
    </section>
  </div>`;
}

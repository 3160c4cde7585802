import { useState } from "preact/hooks";

import { json } from "../api/client.js";
import { Button } from "../design/button.js";
import { CopyButton } from "../design/copy-button.js";
import { html } from "../design/html.js";
import { t } from "../words/words.js";

/** What messages are signed with: on the screen for who asks. */
export function Secret() {
  const [secret, setSecret] = useState("");
  const show = async () => setSecret((await json("/v1/me/webhook-secret")).secret);
  return html`<section class="card stack" aria-labelledby="secret">
    <h2 id="secret">${t("webhooks.secret")}</h2>
    <p class="soft">${t("webhooks.secret-text")}</p>
    ${secret
      ? html`<p class="row" role="status"><code>${secret}</code> <${CopyButton} text=${secret} />
          <${Button} kind="quiet" small act=${() => setSecret("")}>${t("webhooks.hide")}<//></p>`
      : html`<p><${Button} kind="quiet" act=${show}>${t("webhooks.show")}<//></p>`}
  </section>`;
}

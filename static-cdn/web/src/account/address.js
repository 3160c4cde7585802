import { request } from "../api/client.js";
import { Button } from "../design/button.js";
import { html } from "../design/html.js";
import { Outcome } from "../design/outcome.js";
import { useAction } from "../design/use-action.js";
import { useSignInOptions } from "../signing/options.js";
import { language, t } from "../words/words.js";

/** Whether the address is proved, and a link that proves it. @param {{proved: boolean}} properties */
export function Address({ proved }) {
  const options = useSignInOptions();
  const action = useAction();
  if (proved) return html`<p class="soft">${t("address.proved")}</p>`;
  if (!options.email_verification) return null;
  const mail = () => action.run(
    () => request("/v1/me/email-verification", { method: "POST", headers: { "Accept-Language": language } }),
    t("address.sent"),
  );
  return html`<div class="stack"><p class="soft">${t("address.unproved")}</p>
    <${Outcome} of=${action} />
    <p><${Button} kind="quiet" act=${mail}>${t("address.mail")}<//></p></div>`;
}

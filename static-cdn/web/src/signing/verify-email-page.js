import { useState } from "preact/hooks";

import { publicPost } from "../api/client.js";
import { Problem } from "../api/problem.js";
import { Button } from "../design/button.js";
import { html } from "../design/html.js";
import { resume } from "../shell/session.js";
import { t } from "../words/words.js";
import { LinkEnded, secretIn, forgetSecret } from "./mailed-link.js";

/** A button, since programs that look at mails open links, and would prove the address. @param {{place: URL}} properties */
export function VerifyEmailPage({ place }) {
  const [secret] = useState(secretIn(place));
  const [ended, setEnded] = useState(!secret);
  const [done, setDone] = useState(false);
  const prove = async () => {
    try {
      await publicPost("/v1/email-verifications/redeem", { token: secret });
    } catch (error) {
      if (error instanceof Problem && error.slug === "link-not-valid") return setEnded(true);
      throw error;
    }
    forgetSecret();
    setDone(true);
    await resume();
  };
  if (ended) return html`<${LinkEnded} title=${t("verify.title")} again="/account" />`;
  return html`<section class="card narrow stack">
    <h1>${t("verify.title")}</h1>
    ${done
      ? html`<p class="notice good" role="status">${t("verify.done")}</p><p><a class="button" href="/">${t("nav.studio")}</a></p>`
      : html`<p>${t("verify.text")}</p><p><${Button} act=${prove}>${t("verify.do")}<//></p>`}
  </section>`;
}

import { Problem } from "../api/problem.js";
import { html } from "../design/html.js";
import { navigate, within } from "../shell/router.js";
import { join } from "../shell/session.js";
import { t } from "../words/words.js";
import { checkEmail, CredentialsForm } from "./credentials-form.js";
import { useSignInOptions } from "./options.js";
import { Providers } from "./providers.js";

const PASSWORD_AT_LEAST = 8;

/** @param {{place: URL}} properties */
export function SignUpPage({ place }) {
  const { providers } = useSignInOptions();
  const send = async (/** @type {string} */ email, /** @type {string} */ password) => {
    await join(email, password);
    navigate(within(place.searchParams.get("next")), { replace: true });
  };
  return html`<section class="card narrow stack">
    <h1>${t("sign.up")}</h1>
    <${CredentialsForm} action=${t("sign.up")} autocomplete="new-password" hint=${t("sign.password-hint")} send=${send}
      explain=${explain} check=${(/** @type {string} */ email, /** @type {string} */ password) => ({
        ...checkEmail(email), ...([...password].length < PASSWORD_AT_LEAST ? { password: t("sign.password-short") } : {}),
      })} />
    <${Providers} providers=${providers} next=${place.searchParams.get("next")} />
    <p class="soft">${t("sign.known")} <a href=${`/sign-in${place.search}`}>${t("sign.in")}</a></p>
  </section>`;
}

/** @param {unknown} error @returns {import("./credentials-form.js").Wrong | null} */
function explain(error) {
  if (!(error instanceof Problem)) return null;
  if (error.status === 409) return { email: t("sign.taken") };
  if (error.fields.email) return { email: t("sign.email-wrong") };
  return error.fields.password ? { password: error.fields.password } : null;
}

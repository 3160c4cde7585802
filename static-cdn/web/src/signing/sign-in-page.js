import { Problem } from "../api/problem.js";
import { html } from "../design/html.js";
import { navigate, within } from "../shell/router.js";
import { enter } from "../shell/session.js";
import { t } from "../words/words.js";
import { checkEmail, CredentialsForm } from "./credentials-form.js";
import { useSignInOptions } from "./options.js";
import { Providers } from "./providers.js";

/** @param {{place: URL}} properties */
export function SignInPage({ place }) {
  const next = place.searchParams.get("next");
  const options = useSignInOptions();
  const send = async (/** @type {string} */ email, /** @type {string} */ password) => {
    await enter(email, password);
    navigate(within(next), { replace: true });
  };
  const refused = (/** @type {unknown} */ error) =>
    error instanceof Problem && (error.status === 400 || error.status === 401) ? { password: t("sign.refused") } : null;
  return html`<section class="card narrow stack">
    <h1>${t("sign.in")}</h1>
    ${next && html`<p class="notice">${t("sign.again")}</p>`}
    <${CredentialsForm} action=${t("sign.in")} autocomplete="current-password" send=${send} explain=${refused}
      check=${(/** @type {string} */ email, /** @type {string} */ password) => ({
        ...checkEmail(email), ...(password ? {} : { password: t("sign.password-missing") }),
      })} />
    <${Providers} providers=${options.providers} next=${next} />
    ${options.password_reset && html`<p><a href="/forgot-password">${t("forgot.title")}</a></p>`}
    <p class="soft">${t("sign.new")} <a href=${`/sign-up${place.search}`}>${t("sign.up")}</a></p>
  </section>`;
}

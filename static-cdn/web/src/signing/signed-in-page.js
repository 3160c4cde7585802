import { useEffect, useState } from "preact/hooks";

import { Problem } from "../api/problem.js";
import { Failure } from "../design/failure.js";
import { html } from "../design/html.js";
import { navigate, within } from "../shell/router.js";
import { enterBy } from "../shell/session.js";
import { t } from "../words/words.js";
import { wanted } from "./providers.js";

/** Where an identity provider sends the browser back to. @param {{place: URL}} properties */
export function SignedInPage({ place }) {
  const [given] = useState(() => Object.fromEntries(place.searchParams));
  const [error, setError] = useState(/** @type {unknown} */ (null));
  const [refused, setRefused] = useState("");
  const finish = async () => {
    history.replaceState(null, "", location.pathname); // it works once, and is nobody else's
    if (!given.code || !given.state) return setRefused(t("providers.not-ended"));
    try {
      await enterBy({ state: given.state, code: given.code, ...(given.iss ? { iss: given.iss } : {}) });
      navigate(within(wanted()), { replace: true });
    } catch (failure) {
      const said = reason(failure);
      setRefused(said);
      setError(said ? null : failure);
    }
  };
  useEffect(() => { finish(); }, []);
  if (!refused && !error) return html`<p class="soft" role="status">${t("loading")}</p>`;
  return html`<section class="card narrow stack">
    <h1>${t("providers.title")}</h1>
    ${refused && html`<p class="notice bad" role="alert">${refused}</p>`}
    <${Failure} error=${error} />
    <p><a class="button" href="/sign-in">${t("sign.in")}</a></p>
  </section>`;
}

/** @param {unknown} error @returns {string} "" where it is told as any other */
function reason(error) {
  if (!(error instanceof Problem)) return "";
  if (error.slug === "address-not-proved") return t("providers.not-proved");
  return error.slug === "sign-in-refused" ? t("providers.refused") : "";
}

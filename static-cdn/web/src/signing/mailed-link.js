// Links that are mailed. The secret is in the fragment, which no browser sends to anybody.

import { html } from "../design/html.js";
import { t } from "../words/words.js";

/** @param {URL} place @returns {string} "" where the link was cut */
export const secretIn = (place) => place.hash.slice(1);

/** The secret is good for nothing any more: it leaves the address. */
export const forgetSecret = () => history.replaceState(null, "", location.pathname);

/** @param {{title: string, again: string}} properties `again`: where another link is asked for */
export function LinkEnded({ title, again }) {
  return html`<section class="card narrow stack">
    <h1>${title}</h1>
    <p class="notice bad" role="alert">${t("link.ended")}</p>
    <p><a class="button" href=${again}>${t("link.again")}</a></p>
  </section>`;
}

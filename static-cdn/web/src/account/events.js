import { html } from "../design/html.js";
import { More, usePages } from "../design/pages.js";
import { isKey, t, when } from "../words/words.js";
import { program } from "./program.js";

export function Events() {
  const pages = usePages("/v1/me/events?limit=10");
  return html`<section class="card stack" aria-labelledby="events">
    <h2 id="events">${t("account.events")}</h2>
    <ol class="things" aria-label=${t("account.events")}>${pages.items.map(({ kind, time, count, network, user_agent }, index) => html`<li key=${index}>
      <div><strong>${words(kind)}${count > 1 ? ` × ${count}` : ""}</strong>
      <span>${[when(time), network, program(user_agent)].filter(Boolean).join(" · ")}</span></div></li>`)}</ol>
    <${More} pages=${pages} />
  </section>`;
}

/** An event that this page does not know is told by its name. @param {string} kind */
function words(kind) {
  const key = `event.${kind}`;
  return isKey(key) ? t(key) : kind;
}

import { request } from "../api/client.js";
import { Button } from "../design/button.js";
import { html } from "../design/html.js";
import { Outcome } from "../design/outcome.js";
import { More, usePages } from "../design/pages.js";
import { useAction } from "../design/use-action.js";
import { t, when } from "../words/words.js";

/** Invocations that failed for good, and running them anew. */
export function DeadLetters() {
  const pages = usePages("/v1/dead-letters?limit=20");
  const action = useAction();
  const left = pages.items.filter((one) => !one.redriven_as);
  const redrive = (/** @type {any[]} */ letters) => action.run(async () => {
    for (const { id } of letters) await request(`/v1/dead-letters/${id}/redrive`, { method: "POST" });
    await pages.reload();
  }, t("admin.redriven"));
  return html`<section class="card stack" aria-labelledby="dead-letters">
    <div class="row between"><h2 id="dead-letters">${t("admin.dead-letters")}</h2>
      ${left.length > 1 && html`<${Button} kind="quiet" small act=${() => redrive(left)}>${t("admin.redrive-all")}<//>`}</div>
    ${pages.first && pages.items.length === 0 && html`<p class="soft">${t("admin.no-dead-letter")}</p>`}
    <ul class="things" aria-label=${t("admin.dead-letters")}>${pages.items.map((letter) => html`<${Letter} key=${letter.id} letter=${letter} redrive=${redrive} />`)}</ul>
    <${More} pages=${pages} />
    <${Outcome} of=${action} />
  </section>`;
}

/** @param {{letter: any, redrive: (letters: any[]) => Promise<boolean>}} properties */
function Letter({ letter, redrive }) {
  const { id, condition, error, failed_at, attempts, redriven_as } = letter;
  return html`<li><div><strong>${error.title}</strong>
      <span>${[condition, when(failed_at), t("admin.attempts", { count: attempts.length }), `…${id.slice(-8)}`].join(" · ")}</span></div>
    ${redriven_as ? html`<span class="soft small">${t("admin.was-redriven")}</span>`
      : html`<${Button} kind="quiet" small label=${`${t("retry")}: ${id}`} act=${() => redrive([letter])}>${t("retry")}<//>`}
    <details><summary class="small">${t("studio.raw")}</summary><pre tabindex="0"><code>${JSON.stringify(letter, null, 2)}</code></pre></details></li>`;
}


import { html } from "../design/html.js";
import { navigate } from "../shell/router.js";
import { useSession } from "../shell/session.js";
import { t, when } from "../words/words.js";
import { Batch } from "./batch.js";
import { begunBy } from "./begun.js";
import { NewBatch } from "./new-batch.js";

/** Many pictures at once: handing them in, and how far they are. @param {{id?: string}} properties the batch that is shown */
export function BatchesPage({ id }) {
  return html`<div class="stack columns">
    <h1>${t("batches.title")}</h1>
    ${id && html`<${Batch} key=${id} id=${id} />`}
    <${NewBatch} made=${(/** @type {string} */ made) => navigate(`/batches/${made}`)} />
    <${Earlier} current=${id} />
  </div>`;
}

/** @param {{current: string | undefined}} properties */
function Earlier({ current }) {
  const { me } = useSession();
  const batches = begunBy(me.id);
  return html`<section class="card stack" aria-labelledby="earlier">
    <h2 id="earlier">${t("batches.earlier")}</h2>
    ${batches.length === 0 && html`<p class="soft">${t("batches.none")}</p>`}
    <ul class="things" aria-label=${t("batches.earlier")}>${batches.map(({ id, time, count }) => html`<li key=${id}><div>
      <a href=${`/batches/${id}`} aria-current=${id === current ? "true" : undefined}>${when(time)}</a>
      <span>${t("batches.pictures", { count })}</span></div></li>`)}</ul>
    <p class="soft small">${t("batches.earlier-hint")}</p>
  </section>`;
}

import { useEffect } from "preact/hooks";

import { json } from "../api/client.js";
import { Failure } from "../design/failure.js";
import { html } from "../design/html.js";
import { useResource } from "../design/use-resource.js";
import { number, t } from "../words/words.js";

const AGAIN_MS = 3000;
const FIGURES = /** @type {const} */ (["waiting", "in_flight", "delayed", "oldest_age_s", "workers", "slots", "busy"]);

/** What waits, and who works on it, by queue. */
export function Queues() {
  const { value, error, reload } = useResource(() => json("/v1/queues"), []);
  useEffect(() => {
    const timer = setInterval(reload, AGAIN_MS);
    return () => clearInterval(timer);
  }, []);
  return html`<section class="card stack wide" aria-labelledby="queues">
    <h2 id="queues">${t("admin.queues")}</h2>
    <${Failure} error=${error} />
    ${value && html`<div class="scrolled" tabindex="0" role="group" aria-labelledby="queues"><table>
      <thead><tr><th scope="col">${t("admin.queue")}</th>${FIGURES.map((name) => html`<th key=${name} scope="col">${t(`queue.${name}`)}</th>`)}</tr></thead>
      <tbody>${value.queues.map((/** @type {any} */ queue) => html`<tr key=${queue.name}><th scope="row">${queue.name}</th>
        ${FIGURES.map((name) => html`<td key=${name}>${number(queue[name])}</td>`)}</tr>`)}</tbody>
    </table></div>`}
  </section>`;
}

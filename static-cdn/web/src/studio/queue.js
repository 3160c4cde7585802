import { Button } from "../design/button.js";
import { Failure } from "../design/failure.js";
import { html } from "../design/html.js";
import { percent, t } from "../words/words.js";
import { clear, over, stop, useSubmissions } from "./submissions.js";

/** The pictures that were handed in, each with how far it is. @param {{current: string | undefined}} properties */
export function Queue({ current }) {
  const submissions = useSubmissions();
  if (submissions.length === 0) return null;
  return html`<section class="card stack" aria-labelledby="queue">
    <div class="row between"><h2 id="queue">${t("studio.queue")}</h2>
      ${submissions.some(over) && html`<${Button} kind="quiet" small act=${clear}>${t("studio.clear")}<//>`}</div>
    <ol class="queue" aria-live="polite">${submissions.map((one) => html`<${Item} key=${one.key} submission=${one} current=${current} />`)}</ol>
  </section>`;
}

/** @param {{submission: import("./submissions.js").Submission, current: string | undefined}} properties */
function Item({ submission, current }) {
  const { name, phase, share, analysis, error } = submission;
  const status = analysis?.status ?? (phase === "refused" ? "failed" : "queued");
  return html`<li>
    <div class="row between">
      ${analysis
        ? html`<a class="cut" href=${`/analyses/${analysis.id}`} aria-current=${analysis.id === current ? "true" : undefined}>${name}</a>`
        : html`<span class="cut">${name}</span>`}
      <span class="row"><span class="state small" data-status=${status}>${words(submission)}</span>
        ${!over(submission) && html`<${Button} kind="quiet" small label=${`${t("cancel")}: ${name}`} act=${() => stop(submission)}>${t("cancel")}<//>`}</span>
    </div>
    ${phase === "sending" && html`<progress class="bar" max="1" value=${share} aria-label=${t("studio.sending", { share: percent(share) })}></progress>`}
    ${error && !submission.ending.signal.aborted && html`<${Failure} error=${error} />`}
  </li>`;
}

/** @param {import("./submissions.js").Submission} submission */
function words({ phase, share, analysis }) {
  if (analysis) return t(/** @type {import("../words/words.js").Key} */ (`status.${analysis.status}`));
  if (phase === "sending") return t("studio.sending", { share: percent(share) });
  return t(phase === "refused" ? "status.canceled" : "status.queued");
}

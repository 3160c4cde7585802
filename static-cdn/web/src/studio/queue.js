import { Button } from "../design/button.js";
import { Failure } from "../design/failure.js";
import { html } from "../design/html.js";
import { percent, t } from "../words/words.js";
import { again, clear, over, stop, useSubmissions, wayOf } from "./submissions.js";

/** The pictures that were handed in, each with how far it is. @param {{current: string | undefined}} properties */
export function Queue({ current }) {
  const submissions = useSubmissions();
  if (submissions.length === 0) return null;
  return html`<section class="card stack" aria-labelledby="queue">
    <div class="row between"><h2 id="queue">${t("studio.queue")}</h2>
      ${submissions.some(over) && html`<${Button} kind="quiet" small act=${clear}>${t("studio.clear")}<//>`}</div>
    ${submissions.length > 1 && html`<${All} submissions=${submissions} />`}
    <ol class="queue" aria-live="polite">${submissions.map((one) => html`<${Item} key=${one.key} submission=${one} current=${current} />`)}</ol>
  </section>`;
}

/** @param {{submissions: import("./submissions.js").Submission[]}} properties */
function All({ submissions }) {
  const said = t("studio.done", { done: submissions.filter(over).length, all: submissions.length });
  const way = submissions.reduce((sum, one) => sum + wayOf(one), 0);
  return html`<div><progress class="bar" max=${submissions.length} value=${way} aria-label=${said}></progress><span class="soft small">${said}</span></div>`;
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
        ${phase === "refused" && html`<${Button} kind="quiet" small label=${`${t("again")}: ${name}`} act=${() => again(submission)}>${t("again")}<//>`}
        ${!over(submission) && html`<${Button} kind="quiet" small label=${`${t("cancel")}: ${name}`} act=${() => stop(submission)}>${t("cancel")}<//>`}</span>
    </div>
    ${phase === "sending" && html`<progress class="bar" max="1" value=${share} aria-label=${t("studio.sending", { share: percent(share) })}></progress>`}
    ${error && !submission.ending.signal.aborted && html`<${Failure} error=${error} />`}
  </li>`;
}

/** @param {import("./submissions.js").Submission} submission */
function words({ phase, share, analysis, error, ending }) {
  if (analysis) return t(/** @type {import("../words/words.js").Key} */ (`status.${analysis.status}`));
  if (phase === "sending") return t("studio.sending", { share: percent(share) });
  if (phase === "refused") return t(error && !ending.signal.aborted ? "status.failed" : "status.canceled");
  return t("status.queued");
}

// One analysis: its state, its picture, and all that was found.

import { useEffect, useState } from "preact/hooks";

import { api } from "../api/analyses.js";
import { Button } from "../design/button.js";
import { Failure } from "../design/failure.js";
import { html } from "../design/html.js";
import { navigate } from "../shell/router.js";
import { ended } from "../shell/session.js";
import { t } from "../words/words.js";
import { Alike } from "./alike.js";
import { Downloads } from "./downloads.js";
import { Facts } from "./facts.js";
import { Findings } from "./findings.js";
import { Picture } from "./picture.js";
import { Raw } from "./raw.js";
import { Sharing } from "./sharing.js";
import { sentence } from "./sentence.js";
import { Snippets } from "./snippets-view.js";
import { update } from "./submissions.js";

/** @param {{id: string}} properties */
export function Analysis({ id }) {
  const { analysis, error, again } = useStates(id);
  const [marked, setMarked] = useState("");
  const mark = (/** @type {string} */ key, on = true) => setMarked((now) => (on ? key : now === key ? "" : now));
  useEffect(() => {
    // Where one column holds all, what was just chosen would be out of sight.
    if (matchMedia("(max-width: 56rem)").matches) document.getElementById("current")?.scrollIntoView();
  }, []);
  const result = analysis?.result;
  return html`<section class="card stack" id="current" aria-labelledby="current-title">
    <div class="row between"><h2 id="current-title">${t("studio.analysis")}</h2>
      ${analysis && html`<${Actions} analysis=${analysis} />`}</div>
    <${Failure} error=${error} again=${again} />
    ${analysis && html`<p class="state" id="state" role="status" data-status=${analysis.status}>${sentence(analysis)}</p>`}
    ${result && html`
      <${Picture} analysis=${analysis} marked=${marked} mark=${mark} />
      <${Findings} result=${result} marked=${marked} mark=${mark} />
      <${Facts} analysis=${analysis} />
      <${Alike} analysis=${analysis} />
      <${Downloads} analysis=${analysis} />
      <${Sharing} analysis=${analysis} />
      <${Raw} analysis=${analysis} />
      <${Snippets} analysis=${analysis} />`}
  </section>`;
}

/**
 * Follows an analysis to its end.
 * @param {string} id
 */
function useStates(id) {
  const [analysis, setAnalysis] = useState(/** @type {any} */ (null));
  const [error, setError] = useState(/** @type {unknown} */ (null));
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    const ending = new AbortController();
    setError(null);
    (async () => {
      for await (const state of api.states(id, ending.signal)) {
        setAnalysis(state);
        update(state);
      }
    })().catch((failure) => {
      if (!ending.signal.aborted && !ended(failure)) setError(failure);
    });
    return () => ending.abort();
  }, [id, turn]);
  return { analysis, error, again: () => setTurn((one) => one + 1) };
}

/** @param {{analysis: any}} properties */
function Actions({ analysis }) {
  const [error, setError] = useState(/** @type {unknown} */ (null));
  const attempt = (/** @type {() => Promise<void>} */ act) => async () => {
    setError(null);
    await act().catch(setError);
  };
  if (!analysis.finished_at) {
    return html`<${Button} kind="quiet" small act=${attempt(async () => { await api.cancel(analysis.id); })}>${t("cancel")}<//>
      <${Failure} error=${error} />`;
  }
  const repeat = async () => navigate(`/analyses/${(await api.retry(analysis.id)).id}`);
  const remove = async () => {
    if (!confirm(t("studio.delete-sure"))) return;
    await api.delete(analysis.id);
    navigate("/");
  };
  return html`<div class="row">
    <${Button} kind="quiet" small act=${attempt(repeat)}>${t("retry")}<//>
    <${Button} kind="danger" small act=${attempt(remove)}>${t("delete")}<//>
    <${Failure} error=${error} />
  </div>`;
}

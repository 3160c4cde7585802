// Who else may see an analysis: addresses that show it, until they end or are withdrawn.

import { useState } from "preact/hooks";

import { api } from "../api/analyses.js";
import { Button } from "../design/button.js";
import { CopyButton } from "../design/copy-button.js";
import { html } from "../design/html.js";
import { Outcome } from "../design/outcome.js";
import { useAction } from "../design/use-action.js";
import { useResource } from "../design/use-resource.js";
import { t, when } from "../words/words.js";

const DAY_S = 86_400;
const DAYS = [1, 7, 30];

/** @param {{analysis: any}} properties */
export function Sharing({ analysis }) {
  const [open, setOpen] = useState(false);
  return html`<details class="raw" id="sharing" onToggle=${(/** @type {any} */ event) => setOpen(event.currentTarget.open)}>
    <summary>${t("share.title")}</summary>
    ${open && html`<${Shares} id=${analysis.id} />`}</details>`;
}

/** @param {{id: string}} properties */
function Shares({ id }) {
  const { value: shares = [], error, reload } = useResource(() => api.shares(id), [id]);
  const [days, setDays] = useState(7);
  const action = useAction();
  const make = () => action.run(async () => { await api.share(id, { expiresIn: days * DAY_S }); reload(); });
  return html`<div class="stack">
    <p class="soft">${t("share.about")}</p>
    <div class="row"><label for="share-days">${t("share.for")}</label>
      <select class="input" id="share-days" value=${days} onChange=${(/** @type {any} */ event) => setDays(Number(event.target.value))}>
        ${DAYS.map((one) => html`<option key=${one} value=${one}>${t("share.days", { count: one })}</option>`)}</select>
      <${Button} small act=${make}>${t("share.make")}<//></div>
    <${Outcome} of=${{ ...action, error: action.error ?? error }} />
    <ul class="things" aria-label=${t("share.title")}>${shares.map((share) => html`<${Share} key=${share.share_id} id=${id} of=${share} reload=${reload} />`)}</ul>
  </div>`;
}

/** @param {{id: string, of: any, reload: () => void}} properties */
function Share({ id, of: { share_id, url, expires_at }, reload }) {
  const action = useAction();
  const withdraw = () => action.run(async () => { await api.withdraw(id, share_id); reload(); });
  return html`<li><div><a href=${url}>${t("share.open")}</a><span>${t("share.until", { time: when(expires_at) })}</span></div>
    <${CopyButton} text=${url}>${t("share.copy")}<//>
    <${Button} kind="danger" small act=${withdraw}>${t("share.withdraw")}<//>
    <${Outcome} of=${action} /></li>`;
}

import { useEffect, useState } from "preact/hooks";

import { list, picture } from "../api/analyses.js";
import { Button } from "../design/button.js";
import { Failure } from "../design/failure.js";
import { html } from "../design/html.js";
import { useResource } from "../design/use-resource.js";
import { navigate } from "../shell/router.js";
import { ended } from "../shell/session.js";
import { t, when } from "../words/words.js";

const STATES = /** @type {const} */ (["queued", "running", "succeeded", "failed", "canceled"]);
const PAGE = 24;

/** @param {{place: URL}} properties */
export function HistoryPage({ place }) {
  const status = STATES.find((one) => one === place.searchParams.get("status"));
  return html`<div class="stack">
    <div class="row between"><h1>${t("history.title")}</h1>
      <label class="row soft">${t("history.status")}
        <select class="input language" onChange=${(/** @type {any} */ { target }) => navigate(target.value ? `/history?status=${target.value}` : "/history")}>
          <option value="">${t("history.any")}</option>
          ${STATES.map((one) => html`<option value=${one} selected=${one === status}>${t(`status.${one}`)}</option>`)}
        </select></label></div>
    <${Grid} key=${status} status=${status} />
  </div>`;
}

/** @param {{status: string | undefined}} properties */
function Grid({ status }) {
  const [cursors, setCursors] = useState(/** @type {string[]} */ ([""]));
  const [next, setNext] = useState(/** @type {string | null} */ (null));
  const [count, setCount] = useState(-1);
  const loaded = (/** @type {any} */ page) => {
    setNext(page.next_cursor);
    setCount((now) => Math.max(0, now) + page.items.length);
  };
  return html`
    <ol class="grid" id="history">${cursors.map((cursor) => html`<${Page} key=${cursor} status=${status} cursor=${cursor} loaded=${loaded} />`)}</ol>
    ${count === 0 && !next && html`<section class="card stack"><p>${t(status ? "history.empty-filtered" : "history.empty")}</p>
      <p><a class="button" href="/">${t("history.begin")}</a></p></section>`}
    ${next && html`<p><${Button} kind="quiet" act=${() => { setCursors([...cursors, next]); setNext(null); }}>${t("more")}<//></p>`}`;
}

/** @param {{status: string | undefined, cursor: string, loaded: (page: any) => void}} properties */
function Page({ status, cursor, loaded }) {
  const query = new URLSearchParams({ limit: String(PAGE), ...(status ? { status } : {}), ...(cursor ? { cursor } : {}) });
  const { value, error, reload } = useResource(() => list(query.toString()), [query.toString()]);
  useEffect(() => { if (value) loaded(value); }, [value]);
  useEffect(() => { if (error) ended(error); }, [error]);
  return html`<${Failure} error=${error} again=${reload} />
    ${value?.items.map((analysis) => html`<${Entry} key=${analysis.id} analysis=${analysis} />`)}`;
}

/** @param {{analysis: any}} properties */
function Entry({ analysis }) {
  const { id, status, created_at, links } = analysis;
  return html`<li><a class="entry" href=${`/analyses/${id}`}>
    ${status === "succeeded" ? html`<${Preview} path=${links.preview} />` : html`<span class="preview"></span>`}
    <span class="cut name">${nameOf(analysis)}</span>
    <span class="state small" data-status=${status}>${t(/** @type {import("../words/words.js").Key} */ (`status.${status}`))}</span>
    <span class="soft small">${when(created_at)}</span></a></li>`;
}

/** @param {any} analysis */
export function nameOf({ input }) {
  const given = input.metadata?.file_name ?? input.image_url?.split(/[?#]/)[0].split("/").pop();
  return typeof given === "string" && given ? given : t("history.uploaded");
}

/** The picture, read once the entry comes into view. @param {{path: string}} properties */
function Preview({ path }) {
  const [url, setUrl] = useState("");
  const [frame, setFrame] = useState(/** @type {HTMLElement | null} */ (null));
  useEffect(() => {
    if (!frame) return undefined;
    const ending = new AbortController();
    let made = "";
    const seeing = new IntersectionObserver(([entry]) => {
      if (!entry?.isIntersecting) return;
      seeing.disconnect();
      picture(path, ending.signal).then((blob) => { made = URL.createObjectURL(blob); setUrl(made); }).catch(() => {}); // the entry does without
    });
    seeing.observe(frame);
    return () => { seeing.disconnect(); ending.abort(); if (made) URL.revokeObjectURL(made); };
  }, [frame, path]);
  return html`<span class="preview" ref=${setFrame}>${url && html`<img src=${url} alt="" />`}</span>`;
}

// The picture, and what was found drawn where it is.

import { useEffect, useState } from "preact/hooks";

import { picture } from "../api/client.js";
import { html } from "../design/html.js";
import { t } from "../words/words.js";
import { KINDS, marksOf } from "./marks.js";
import { Zoom } from "./zoom.js";

/** @typedef {import("./marks.js").Mark} Mark */

/** @param {{analysis: any, marked: string, mark: import("./findings.js").Marking["mark"]}} properties */
export function Picture({ analysis, marked, mark }) {
  const { url, missing } = usePicture(analysis.links.preview);
  if (missing) return html`<p class="soft">${t("studio.preview-missing")}</p>`;
  return url ? html`<${Drawn} url=${url} result=${analysis.result} marked=${marked} mark=${mark} />` : null;
}

/** @param {{url: string, result: any, marked: string, mark: import("./findings.js").Marking["mark"]}} properties */
export function Drawn({ url, result, marked, mark }) {
  const [hidden, setHidden] = useState(/** @type {string[]} */ ([]));
  const marks = marksOf(result);
  const kinds = KINDS.filter((kind) => marks.some((one) => one.kind === kind));
  const toggle = (/** @type {string} */ kind) =>
    setHidden((now) => (now.includes(kind) ? now.filter((one) => one !== kind) : [...now, kind]));
  const drawn = marks.filter(({ kind }) => !hidden.includes(kind));
  return html`<div class="stack">
    <${Zoom}><figure class="picture"><img id="preview" src=${url} alt=${t("studio.picture")} draggable=${false} />
      <div id="boxes">
        ${drawn.filter(({ box }) => box).map((one) => html`<${Box} key=${one.key} of=${one} marked=${marked} mark=${mark} />`)}
        <${Outlines} marks=${drawn.filter(({ box }) => !box)} marked=${marked} mark=${mark} />
        ${drawn.flatMap(({ key, points }) => points.map(({ x, y }, nth) => html`<span key=${`${key}-${nth}`} class="point" style=${{ left: `${x * 100}%`, top: `${y * 100}%` }}></span>`))}
      </div></figure><//>
    ${kinds.length > 0 && html`<ul class="row key" aria-label=${t("studio.shown")}>${kinds.map((kind) => html`<li key=${kind}>
      <button type="button" class=${`chip ${kind}`} aria-pressed=${!hidden.includes(kind)} onClick=${() => toggle(kind)}>${t(`kind.${kind}`)}</button></li>`)}</ul>`}
  </div>`;
}

/** @param {string} path */
function usePicture(path) {
  const [url, setUrl] = useState("");
  const [missing, setMissing] = useState(false);
  useEffect(() => {
    const ending = new AbortController();
    let made = "";
    picture(path, ending.signal).then((blob) => {
      made = URL.createObjectURL(blob);
      setUrl(made);
    }).catch(() => { if (!ending.signal.aborted) setMissing(true); });
    return () => { ending.abort(); if (made) URL.revokeObjectURL(made); };
  }, [path]);
  return { url, missing };
}

/** @param {{key: string}} one @param {string} marked @param {import("./findings.js").Marking["mark"]} mark */
const marking = ({ key }, marked, mark) => {
  const [here, gone] = [() => mark(key), () => mark(key, false)];
  return { class: marked === key ? "marked" : "", onMouseEnter: here, onMouseLeave: gone, onFocus: here, onBlur: gone };
};

/** @param {{of: Mark, marked: string, mark: import("./findings.js").Marking["mark"]}} properties */
function Box({ of, marked, mark }) {
  const { left = 0, top = 0, width = 0, height = 0 } = of.box ?? {};
  const { class: extra, ...listeners } = marking(of, marked, mark);
  const style = { left: `${left * 100}%`, top: `${top * 100}%`, width: `${width * 100}%`, height: `${height * 100}%` };
  return html`<div class=${`mark ${of.kind} ${extra}`} style=${style} title=${of.title} role="img" aria-label=${of.title} tabindex="0" ...${listeners}>
    ${of.name && html`<span>${of.name}</span>`}</div>`;
}

/** One drawing over the whole picture, whose sides are 1 long. @param {{marks: Mark[], marked: string, mark: import("./findings.js").Marking["mark"]}} properties */
function Outlines({ marks, marked, mark }) {
  if (marks.length === 0) return null;
  return html`<svg viewBox="0 0 1 1" preserveAspectRatio="none">${marks.map((one) => {
    const { class: extra, ...listeners } = marking(one, marked, mark);
    return html`<polygon key=${one.key} class=${`${one.kind} ${extra}`} points=${one.polygon.map(({ x, y }) => `${x},${y}`).join(" ")}
      role="img" aria-label=${one.title} tabindex="0" ...${listeners}><title>${one.title}</title></polygon>`;
  })}</svg>`;
}

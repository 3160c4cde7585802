import { useEffect, useRef, useState } from "preact/hooks";

import { CopyButton } from "../design/copy-button.js";
import { html } from "../design/html.js";
import { t } from "../words/words.js";

const AT_MOST = 1000; // places that are marked

/** The analysis as the API gives it, with what is sought in it marked. @param {{analysis: any}} properties */
export function Raw({ analysis }) {
  const text = JSON.stringify(analysis, null, 2);
  const code = useRef(/** @type {HTMLElement | null} */ (null));
  const [sought, seek] = useState("");
  const places = placesOf(text, sought);
  useEffect(() => mark(code.current, places, sought.length), [text, sought]);
  return html`<details class="raw"><summary>${t("studio.raw")}</summary>
    <div class="stack"><div class="row"><input class="input grow" type="search" aria-label=${t("raw.find")} placeholder=${t("raw.find")}
        value=${sought} onInput=${(/** @type {any} */ event) => seek(event.target.value)} />
      <span class="soft small" role="status">${sought && t("raw.found", { count: places.length })}</span><${CopyButton} text=${text} /></div>
    <pre tabindex="0"><code ref=${code}>${text}</code></pre></div></details>`;
}

/** @param {string} text @param {string} sought @returns {number[]} where it begins, whatever the case of its letters */
export function placesOf(text, sought) {
  // A few letters are longer in small: their text is sought as it stands, so that places stay places.
  const fold = (/** @type {string} */ one) => (text.toLowerCase().length === text.length && one.toLowerCase().length === one.length ? one.toLowerCase() : one);
  const [all, part] = [fold(text), fold(sought)];
  const places = [];
  for (let at = part ? all.indexOf(part) : -1; at >= 0 && places.length < AT_MOST; at = all.indexOf(part, at + part.length)) places.push(at);
  return places;
}

/**
 * Without touching the text, so that it is selected and copied as before; a browser that cannot do so marks nothing.
 * @param {HTMLElement | null} code @param {number[]} places @param {number} length
 */
function mark(code, places, length) {
  const text = code?.firstChild;
  if (!text || !CSS.highlights) return;
  const ranges = places.map((at) => {
    const range = new Range();
    range.setStart(text, at);
    range.setEnd(text, at + length);
    return range;
  });
  CSS.highlights.set("sought", new Highlight(...ranges));
  const [first, frame] = [ranges[0], code.parentElement];
  if (first && frame) frame.scrollTop += first.getBoundingClientRect().top - frame.getBoundingClientRect().top - frame.clientHeight / 3;
}

// What to look for, as the reader has chosen it; kept for the next time.

import { html } from "../design/html.js";
import { percent, t } from "../words/words.js";

/**
 * What is to be done with a picture.
 * @typedef {{operations: any[], engine: any, min_confidence?: number}} Options
 */

/** In the place of an engine's name: each of them, side by side. */
export const EVERY = "every";
const KEPT = "sightline.options";
export const OPERATIONS = /** @type {const} */ ([
  "faces", "labels", "text", "codes", "moderation", "colors", "quality", "hash", "metadata",
]);
/** @type {Options & {min_confidence: number}} */
const USUAL = { operations: ["faces", "labels", "colors", "quality", "hash", "metadata"], engine: "auto", min_confidence: 0.5 };

/** @param {string | null} text what was kept @returns {Options & {min_confidence: number}} */
export function read(text) {
  try {
    const kept = JSON.parse(text ?? "null");
    const operations = OPERATIONS.filter((one) => kept.operations.includes(one));
    const confidence = Number(kept.min_confidence);
    return operations.length > 0 && confidence >= 0 && confidence <= 1
      ? { ...USUAL, operations, min_confidence: confidence } : USUAL;
  } catch {
    return USUAL; // nothing was kept, or another version kept it
  }
}

/**
 * An engine that cannot be asked is not asked.
 * @template {Options} T
 * @param {T} options @param {string[]} engines that there are
 * @returns {T[]} what is to be submitted
 */
export function waysOf(options, engines) {
  if (options.engine === EVERY && engines.length > 1) return engines.map((engine) => ({ ...options, engine }));
  return [{ ...options, engine: engines.includes(options.engine) ? options.engine : "auto" }];
}

export const kept = () => read(localStorage.getItem(KEPT));
/** @param {Options} options */
export const keep = (options) => localStorage.setItem(KEPT, JSON.stringify(options));

/**
 * @param {{options: ReturnType<typeof read>, change: (options: ReturnType<typeof read>) => void, engines?: string[]}} properties
 *   `engines` that there are; where there is one there is nothing to choose
 */
export function OptionsForm({ options, change, engines = [] }) {
  const toggle = (/** @type {string} */ name, /** @type {boolean} */ on) => change({
    ...options, operations: OPERATIONS.filter((one) => (one === name ? on : options.operations.includes(one))),
  });
  return html`<div class="stack">
    <fieldset class="choices">
      <legend>${t("studio.operations")}</legend>
      ${OPERATIONS.map((name) => html`<label class="choice" key=${name}>
        <input type="checkbox" checked=${options.operations.includes(name)}
          onChange=${(/** @type {any} */ event) => toggle(name, event.target.checked)} />
        ${t(`operation.${name}`)}</label>`)}
    </fieldset>
    ${options.operations.length === 0 && html`<p class="wrong" role="alert">${t("studio.none")}</p>`}
    ${options.operations.includes("labels") && html`<label class="field">
      <span class="soft">${t("studio.confidence", { share: percent(options.min_confidence) })}</span>
      <input type="range" min="10" max="100" step="5" value=${Math.round(options.min_confidence * 100)}
        onInput=${(/** @type {any} */ event) => change({ ...options, min_confidence: Number(event.target.value) / 100 })} />
    </label>`}
    ${engines.length > 1 && html`<${Engines} engines=${engines} chosen=${options.engine} choose=${(/** @type {string} */ engine) => change({ ...options, engine })} />`}
  </div>`;
}

/** @param {{engines: string[], chosen: string, choose: (engine: string) => void}} properties */
function Engines({ engines, chosen, choose }) {
  const all = [["auto", t("engine.auto")], ...engines.map((name) => [name, name]), [EVERY, t("engine.every")]];
  return html`<label class="field"><span class="soft">${t("engine.choose")}</span>
    <select class="input" onChange=${(/** @type {any} */ event) => choose(event.target.value)}>
      ${all.map(([name, said]) => html`<option key=${name} value=${name} selected=${name === chosen}>${said}</option>`)}
    </select></label>`;
}

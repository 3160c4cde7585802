// Numbers and names of an analysis, and what they mean.

import { html } from "../design/html.js";
import { number, percent, t } from "../words/words.js";

/** @param {{analysis: any}} properties */
export function Facts({ analysis }) {
  return html`<div class="stack"><dl class="facts" id="numbers">${factsOf(analysis).map(([name, value]) => html`<div key=${name}>
      <dt>${name}</dt><dd>${value}</dd></div>`)}</dl>
    <details class="raw"><summary>${t("explained.title")}</summary>
      <dl class="stack explained">${explanationsOf(analysis).map((name) => html`<div key=${name}>
        <dt>${t(`fact.${name}`)}</dt><dd>${t(`explained.${name}`)}</dd></div>`)}</dl></details></div>`;
}

/** @param {any} analysis @returns {("sharpness" | "brightness" | "contrast" | "hash" | "confidence" | "billed")[]} what is explained */
function explanationsOf({ result: { quality, hash, labels, moderation } }) {
  return [
    ...(quality ? /** @type {const} */ (["sharpness", "brightness", "contrast"]) : []),
    ...(hash ? /** @type {const} */ (["hash"]) : []),
    ...(labels.length + moderation.length > 0 ? /** @type {const} */ (["confidence"]) : []),
    "billed",
  ];
}

/** @param {any} analysis that has a result @returns {[string, string][]} */
export function factsOf({ metering, result }) {
  const { image, quality, hash, engines, metadata, moderation } = result;
  const sharpness = quality && number(quality.sharpness);
  /** @type {(false | null | undefined | [string, string])[]} */
  const facts = [
    [t("fact.picture"), `${image.width} × ${image.height}, ${image.format}`],
    image.truncated && [t("fact.file"), t("fact.cut")],
    image.frames > 1 && [t("fact.frames"), t("fact.first-of", { count: image.frames })],
    quality && [t("fact.sharpness"), quality.blurred ? t("fact.blurred", { value: sharpness }) : sharpness],
    quality && [t("fact.brightness"), percent(quality.brightness)],
    quality && [t("fact.contrast"), percent(quality.contrast)],
    ...moderation.map((/** @type {any} */ { name, confidence }) => [t("fact.moderation", { name }), percent(confidence)]),
    hash && [t("fact.hash"), hash.phash],
    metadata?.model && [t("fact.camera"), [metadata.make, metadata.model].filter(Boolean).join(" ")],
    metadata?.taken_at && [t("fact.taken"), metadata.taken_at.replace("T", " ")],
    ...MODELLED.map((operation) => modelFact(operation, engines)),
    [t("fact.billed"), metering.billed_ms > 0 ? `${number(metering.billed_ms)} ms` : t("fact.billed-nothing")],
  ];
  return facts.filter((fact) => Array.isArray(fact));
}

const MODELLED = /** @type {const} */ (["faces", "labels", "text", "moderation"]);

/**
 * The models that did an operation, or null where it was not asked for.
 * @param {typeof MODELLED[number]} operation @param {any[]} engines
 * @returns {[string, string] | null}
 */
function modelFact(operation, engines) {
  const models = engines.filter((one) => one.operation === operation)
    .map(({ model, degraded }) => (degraded ? t("fact.degraded", { model }) : model));
  return models.length > 0 ? [t("fact.model", { operation: t(`operation.${operation}`) }), models.join(", ")] : null;
}

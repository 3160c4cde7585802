// Several analyses beside each other: a row for each thing, a column for each analysis.

import { number, percent, t } from "../words/words.js";

export const AT_MOST = 4;
const NONE = "–";

/** @typedef {{name: string, values: string[]}} Row */

/** @param {string | null} text ids with commas between @returns {string[]} each once */
export const idsOf = (text) => [...new Set((text ?? "").split(",").filter((id) => /^an_[0-9a-z]{26}$/.test(id)))].slice(0, AT_MOST);

/** @param {any[]} analyses @returns {Row[]} */
export function compared(analyses) {
  const results = analyses.map(({ result }) => result);
  const counted = (/** @type {"faces" | "text" | "codes"} */ kind) => results.map((result) => (asked(result, kind) ? number(result[kind].length) : NONE));
  return [
    { name: t("kind.face"), values: counted("faces") },
    ...named(results, "labels"),
    ...named(results, "moderation").map(({ name, values }) => ({ name: t("fact.moderation", { name }), values })),
    { name: t("found.text"), values: counted("text") },
    { name: t("found.code-list"), values: counted("codes") },
    { name: t("fact.sharpness"), values: results.map((result) => (result?.quality ? number(result.quality.sharpness) : NONE)) },
    { name: t("fact.billed"), values: analyses.map(({ metering }) => (metering ? `${number(metering.billed_ms)} ms` : NONE)) },
  ].filter(({ values }) => values.some((value) => value !== NONE));
}

/** @param {Row} row */
export const differs = ({ values }) => new Set(values).size > 1;

/** @param {any} result @param {string} operation */
const asked = (result, operation) => result?.engines.some((/** @type {any} */ one) => one.operation === operation);

/** A row for each name that one of them found, the surest first. @param {any[]} results @param {"labels" | "moderation"} kind @returns {Row[]} */
function named(results, kind) {
  const sure = results.map((result) => new Map((result?.[kind] ?? []).map((/** @type {any} */ { name, confidence }) => [name, confidence])));
  const most = (/** @type {string} */ name) => Math.max(...sure.map((found) => found.get(name) ?? 0));
  const names = [...new Set(sure.flatMap((found) => [...found.keys()]))].sort((one, other) => most(other) - most(one));
  return names.map((name) => ({ name, values: sure.map((found) => (found.has(name) ? percent(found.get(name)) : NONE)) }));
}

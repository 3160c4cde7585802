// An analysis in one sentence.

import { t } from "../words/words.js";

const FINDING = ["faces", "labels", "text", "codes"]; // the others measure, and always have an answer
const LABELS = 3;

/** @param {any} analysis @returns {string} */
export function sentence({ status, error, result }) {
  if (status === "failed") return t("status.failed-why", { title: error.title, detail: error.detail });
  const state = t(/** @type {import("../words/words.js").Key} */ (`status.${status}`));
  const asked = new Set((result?.engines ?? []).map((/** @type {any} */ one) => one.operation));
  if (!FINDING.some((operation) => asked.has(operation))) return state;
  return `${state}: ${findings(result, asked).join(", ") || namesOf(result) || t("found.nothing")}`;
}

/** @param {any} result the surest labels */
const namesOf = ({ labels }) => labels.slice(0, LABELS).map((/** @type {any} */ { name }) => name).join(", ");

/** @param {any} result @param {Set<string>} asked @returns {string[]} */
function findings(result, asked) {
  const [faces, codes, lines] = [result.faces.length, result.codes.length, result.text.length];
  return [
    asked.has("faces") && (faces ? t("found.faces", { count: faces }) : t("found.no-face")),
    codes > 0 && t("found.codes", { count: codes }),
    lines > 0 && t("found.lines", { count: lines }),
  ].filter((part) => typeof part === "string");
}

// An analysis in one sentence.

import { t } from "../words/words.js";

/** @param {any} analysis @returns {string} */
export function sentence({ status, error, result }) {
  if (status === "failed") return t("status.failed-why", { title: error.title, detail: error.detail });
  const state = t(/** @type {import("../words/words.js").Key} */ (`status.${status}`));
  return result ? `${state}: ${findings(result).join(", ") || t("found.nothing")}` : state;
}

/** @param {any} result @returns {string[]} */
function findings(result) {
  const asked = new Set(result.engines.map((/** @type {any} */ one) => one.operation));
  const [faces, codes, lines] = [result.faces.length, result.codes.length, result.text.length];
  return [
    asked.has("faces") && (faces ? t("found.faces", { count: faces }) : t("found.no-face")),
    codes > 0 && t("found.codes", { count: codes }),
    lines > 0 && t("found.lines", { count: lines }),
  ].filter((part) => typeof part === "string");
}

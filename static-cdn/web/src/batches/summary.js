// What was found in a picture, in a few words.

import { t } from "../words/words.js";

const LABELS = 3;

/** @param {any} summary of an analysis; null where there is none yet @returns {string} */
export function wordsOf(summary) {
  if (!summary) return "";
  const { faces, codes, text_lines, labels } = summary;
  return [
    faces > 0 && t("found.faces", { count: faces }),
    codes > 0 && t("found.codes", { count: codes }),
    text_lines > 0 && t("found.lines", { count: text_lines }),
    ...labels.slice(0, LABELS),
  ].filter((part) => typeof part === "string").join(", ") || t("found.nothing");
}

// What went wrong, in words of the person.

import { Offline, Problem } from "../api/problem.js";
import { t } from "./words.js";

/** @param {unknown} error @returns {string} */
export function told(error) {
  if (error instanceof Offline) return t("error.offline");
  if (!(error instanceof Problem)) return t("error.ours");
  if (error.status === 429 && error.slug !== "quota-exceeded") return t("error.often");
  if (error.status >= 500) return t("error.away");
  const fields = Object.entries(error.fields).map(([name, detail]) => `${name}: ${detail}`);
  return fields.length ? fields.join("; ") : error.message;
}

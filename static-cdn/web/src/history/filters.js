// What the history is narrowed to: as its address says it, and as the API takes it.

export const STATES = /** @type {const} */ (["queued", "running", "succeeded", "failed", "canceled"]);
export const FACES = /** @type {const} */ (["0", "1", "1..", "2.."]);

/** @typedef {Partial<Record<"q" | "status" | "label" | "text" | "face_count" | "has_code" | "from" | "to", string>>} Filters `from` and `to` are days as 2026-11-28 */

const WORDS = /^.{1,200}$/s;
const DAY = /^\d{4}-\d{2}-\d{2}$/;
/** @type {Record<keyof Filters, (value: string) => boolean>} */
const GOOD = {
  q: (value) => WORDS.test(value),
  status: (value) => STATES.some((one) => one === value),
  label: (value) => WORDS.test(value),
  text: (value) => WORDS.test(value),
  face_count: (value) => FACES.some((one) => one === value),
  has_code: (value) => value === "true" || value === "false",
  from: isDay,
  to: isDay,
};

/** @param {string} value */
function isDay(value) {
  return DAY.test(value) && !Number.isNaN(Date.parse(value));
}

/** @param {Iterable<[string, any]>} given of an address or a form @returns {Filters} what of it makes sense */
export const filtersOf = (given) => Object.fromEntries(
  [...given].map(([name, value]) => [name, String(value).trim()])
    .filter(([name, value]) => Object.hasOwn(GOOD, name ?? "") && GOOD[/** @type {keyof Filters} */ (name)](value ?? "")),
);

/** @param {Filters} filters @returns {string} "" where there is none */
export function queryOf({ from, to, ...others }) {
  return new URLSearchParams({ ...others, ...(from ? { from: midnight(from, 0) } : {}), ...(to ? { to: midnight(to, 1) } : {}) }).toString();
}

/** The begin of a day where the reader is, or of one after it. @param {string} day @param {number} after days @returns {string} RFC 3339 */
function midnight(day, after) {
  const time = new Date(`${day}T00:00:00`);
  time.setDate(time.getDate() + after);
  return time.toISOString();
}

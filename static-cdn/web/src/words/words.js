// The catalogue of messages, and numbers and dates as the reader's language writes them.

/** @typedef {keyof typeof import("./en.js").messages} Key */
/** @typedef {string | {one: string, other: string}} Message */

const CHOSEN = "sightline.language";
/** @type {Record<string, () => Promise<{messages: Record<Key, Message>}>>} */
const CATALOGUES = { en: () => import("./en.js"), de: () => import("./de.js") };
export const LANGUAGES = { en: "English", de: "Deutsch" };

/** @param {readonly string[]} wanted in the order of preference, as BCP 47 tags */
export const languageOf = (wanted) =>
  wanted.map((tag) => tag.split("-")[0] ?? "").find((tag) => tag in CATALOGUES) ?? "en";

const chosen = () => globalThis.localStorage?.getItem(CHOSEN);
export const language = languageOf([chosen(), ...(globalThis.navigator?.languages ?? [])].filter((tag) => typeof tag === "string"));
const { messages } = await /** @type {() => Promise<{messages: Record<Key, Message>}>} */ (CATALOGUES[language])();
const plurals = new Intl.PluralRules(language);

/** @param {string} tag of LANGUAGES; the page is read again, in that language */
export function choose(tag) {
  localStorage.setItem(CHOSEN, tag);
  location.reload();
}

/**
 * A message with its values filled in: `{name}` is the value of that name. A message with forms goes by
 * `count`.
 * @param {Key} key
 * @param {Record<string, string | number>} [values]
 */
export function t(key, values = {}) {
  return fill(messages[key], values);
}

/**
 * The messages that a few pages have for themselves, read with them.
 * @template {string} K
 * @param {Record<string, () => Promise<{messages: Record<K, Message>}>>} catalogues by language
 * @returns {Promise<(key: K, values?: Record<string, string | number>) => string>} like `t`
 */
export async function wordsOf(catalogues) {
  const own = /** @type {() => Promise<{messages: Record<K, Message>}>} */ (catalogues[language]);
  const { messages } = await own();
  return (key, values = {}) => fill(messages[key], values);
}

/** @param {string} key @returns {key is Key} whether there is such a message */
export const isKey = (key) => key in messages;

/** @param {Message} message @param {Record<string, string | number>} values */
export function fill(message, values) {
  const form = typeof message === "string" ? message
    : message[plurals.select(Number(values.count)) === "one" ? "one" : "other"];
  return form.replace(/\{(\w+)\}/g, (_, name) => {
    const value = values[name] ?? "";
    return typeof value === "number" ? number(value) : value;
  });
}

/** @param {number} value @param {Intl.NumberFormatOptions} [options] */
export const number = (value, options) => new Intl.NumberFormat(language, options).format(value);

/** @param {number} fraction 0 to 1 */
export const percent = (fraction) => number(fraction, { style: "percent" });

/** @param {string} time RFC 3339 */
export const when = (time) =>
  new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" }).format(new Date(time));

/** @param {string} day as 2026-11-28: a day of UTC, wherever the reader is */
export const date = (day) => new Intl.DateTimeFormat(language, { dateStyle: "medium", timeZone: "UTC" }).format(new Date(day));

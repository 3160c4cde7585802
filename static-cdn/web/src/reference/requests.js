// A request as the reader has filled it in: to be sent, and as a command.

/** @typedef {import("./operations.js").Operation} Operation */

/**
 * @typedef {object} Filled
 * @property {Record<string, string>} values of parameters, by name; "" is left out
 * @property {string} type of the body, "" for none
 * @property {string} text of the body, JSON
 * @property {File | null} file
 */

/**
 * @param {Operation} operation @param {Filled} filled
 * @returns {{path: string, call: import("../sightline/sending.js").Call}}
 * @throws {SyntaxError} where the body is no JSON
 */
export function callOf(operation, filled) {
  const given = operation.parameters.filter(({ name }) => filled.values[name]);
  const of = (/** @type {string} */ place) => Object.fromEntries(given.filter((one) => one.place === place).map(({ name }) => [name, filled.values[name] ?? ""]));
  const { method } = operation;
  const path = operation.path.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(filled.values[name] ?? ""));
  return { path, call: { method, query: of("query"), headers: of("header"), open: !operation.signedIn, ...bodyOf(filled) } };
}

/** @param {Filled} filled @returns {import("../sightline/sending.js").Call} */
function bodyOf({ type, text, file }) {
  if (!type) return {};
  const fields = JSON.parse(text || "{}");
  if (type === "application/x-www-form-urlencoded") return { body: new URLSearchParams(fields) };
  if (type !== "multipart/form-data") return { json: fields };
  const form = new FormData();
  for (const [name, value] of partsOf(fields)) form.append(name, value);
  if (file) form.append("image", file);
  return { body: form };
}

/** A list is repeated; what is no text is JSON. @param {Record<string, unknown>} fields @returns {[string, string][]} */
const partsOf = (fields) => Object.entries(fields).flatMap(([name, value]) =>
  (Array.isArray(value) ? value : [value]).map((one) => /** @type {[string, string]} */ ([name, typeof one === "string" ? one : JSON.stringify(one)])));

/** For a shell, whatever is in it. @param {string} text */
const quoted = (text) => (/^[\w@=.:/-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);

/**
 * The same as a command. @param {Operation} operation @param {Filled} filled @param {string} origin
 * @returns {string} "" where the body is no JSON
 */
export function curlOf(operation, filled, origin) {
  try {
    const { path, call } = callOf(operation, filled);
    const query = String(new URLSearchParams(/** @type {Record<string, string>} */ (call.query)));
    const method = { GET: "", POST: filled.type ? "" : " -X POST" }[call.method ?? ""] ?? ` -X ${call.method}`;
    const address = quoted(`${origin}${path}${query && `?${query}`}`);
    return [`curl -s${method} ${address}`, ...(operation.signedIn ? ['-H "Authorization: Bearer $TOKEN"'] : []),
      ...Object.entries(call.headers ?? {}).map(([name, value]) => `-H ${quoted(`${name}: ${value}`)}`), ...dataOf(filled)].join(" \\\n  ");
  } catch (error) {
    if (error instanceof SyntaxError) return "";
    throw error;
  }
}

/** @param {Filled} filled @returns {string[]} */
function dataOf({ type, text, file }) {
  if (!type) return [];
  const fields = JSON.parse(text || "{}");
  if (type === "application/x-www-form-urlencoded") return partsOf(fields).map(([name, value]) => `--data-urlencode ${quoted(`${name}=${value}`)}`);
  if (type !== "multipart/form-data") return [`--json ${quoted(JSON.stringify(fields))}`];
  return [...partsOf(fields).map(([name, value]) => `-F ${quoted(`${name}=${value}`)}`), `-F ${quoted(`image=@${file?.name ?? "photo.jpg"}`)}`];
}

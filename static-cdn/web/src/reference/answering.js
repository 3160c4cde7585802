// Sends a request of the reference, and shows what comes as it comes.

import { caller } from "../api/client.js";
import { ApiError } from "../sightline/errors.js";

/**
 * @typedef {object} Shown
 * @property {number} status
 * @property {string} headers that say something to the reader, a line each
 * @property {string} text
 * @property {Blob | null} picture
 * @property {boolean} goesOn a stream that has not ended
 */

const TEXT_AT_MOST = 200_000; // characters: of a stream the last ones
const TOLD = ["content-type", "location", "retry-after", "etag", "preference-applied", "deprecation", "sunset", "x-request-id"];
const STREAM_MS = 300_000;

/**
 * @param {string} path
 * @param {import("../sightline/sending.js").Call} call
 * @param {AbortSignal} signal
 * @param {(shown: Shown) => void} show called again for each piece of a stream
 * @throws {Error} where no answer came
 */
export async function answer(path, call, signal, show) {
  const response = await sent(path, { ...call, signal, timeoutMs: STREAM_MS });
  const headers = TOLD.filter((name) => response.headers.has(name)).map((name) => `${name}: ${response.headers.get(name)}`).join("\n");
  const type = response.headers.get("Content-Type") ?? "";
  const shown = { status: response.status, headers, text: "", picture: /** @type {Blob | null} */ (null), goesOn: false };
  if (type.startsWith("image/")) return show({ ...shown, picture: await response.blob() });
  if (/zip|octet-stream/.test(type)) return show({ ...shown, text: `${(await response.blob()).size} bytes` });
  const stream = type.startsWith("text/event-stream");
  for await (const text of pieces(response)) {
    shown.text = (shown.text + text).slice(-TEXT_AT_MOST);
    if (stream) show({ ...shown, goesOn: true });
  }
  return show({ ...shown, text: type.includes("json") ? spread(shown.text) : shown.text });
}

/** An error's answer is one as well: it is shown as it came. @param {string} path @param {import("../sightline/sending.js").Call} call */
async function sent(path, call) {
  /** @type {Response | null} */
  let refused = null;
  const transport = async (/** @type {string} */ address, /** @type {RequestInit} */ options) => {
    const response = await fetch(address, options);
    refused = response.ok ? null : response.clone();
    return response;
  };
  try {
    return await caller.request(path, { ...call, transport });
  } catch (error) {
    if (error instanceof ApiError && refused) return /** @type {Response} */ (refused);
    throw error;
  }
}

/** @param {Response} response */
async function* pieces(response) {
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  for (let piece = await reader?.read(); piece && !piece.done; piece = await reader?.read()) yield piece.value;
}

/** @param {string} text */
function spread(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text; // no JSON, whatever it says that it is
  }
}

// Handing images in: by address, as a file, and straight into the store.

import { telling } from "./transport.js";

/** @typedef {import("./api.js").components["schemas"]} Schemas */
/** @typedef {import("./sending.js").Sender} Sender */
/** @typedef {import("./transport.js").Progress} Progress */
/** @typedef {string | URL | Blob | ArrayBuffer | Uint8Array<ArrayBuffer>} Image an address, or a file's content */

/**
 * What is to be done with an image; what is left out is as usual.
 * @typedef {Partial<Omit<Schemas["FileSubmission"], "image">>} Wanted
 */

/**
 * How it is sent. `idempotencyKey`: the same key and request are accepted once, in 24 hours; one of its own for each
 * call by default.
 * @typedef {{idempotencyKey?: string, onProgress?: Progress, signal?: AbortSignal}} Sending
 */

export const FILE_AT_MOST = 20 << 20;
export const PRESIGNED_ABOVE = 4 << 20; // bytes: a larger file goes straight into the store
const UPLOAD_MS = 300_000;
const KEY_DIGITS = 32;
const OF_THE_BROWSER = /^(content-length|host)$/i; // it says these itself, and lets nobody else

/**
 * @param {Sender} sender @param {Image} image @param {Wanted} wanted @param {Sending} sending
 * @returns {Promise<Schemas["Analysis"]>}
 */
export async function submit(sender, image, wanted, { idempotencyKey = newKey(), onProgress, signal }) {
  const headers = keyed(idempotencyKey);
  const post = { method: "POST", headers, signal };
  if (isAddress(image)) return sender.json("/v1/analyses", { ...post, json: { image_url: String(image), ...wanted } });
  const file = blobOf(image);
  if (file.size > PRESIGNED_ABOVE) {
    const upload_id = await upload(sender, file, { idempotencyKey: `${idempotencyKey.slice(0, 240)}-upload`, onProgress, signal });
    return sender.json("/v1/analyses", { ...post, json: { upload_id, ...wanted } });
  }
  return sender.json("/v1/analyses", { ...post, body: formOf(file, wanted), transport: telling(onProgress), timeoutMs: UPLOAD_MS });
}

/**
 * Sends a file straight into the store.
 * @param {Sender} sender @param {Image} image
 * @param {{idempotencyKey?: string | undefined, onProgress?: Progress | undefined, signal?: AbortSignal | undefined}} sending
 * @returns {Promise<string>} the id to submit
 */
export async function upload(sender, image, { idempotencyKey = newKey(), onProgress, signal }) {
  const file = blobOf(image);
  const json = { content_type: file.type.startsWith("image/") ? file.type : "image/x-unknown", size: file.size };
  /** @type {Schemas["PresignedUpload"]} */
  const target = await sender.json("/v1/uploads", { method: "POST", headers: keyed(idempotencyKey), json, signal });
  const { url, method, upload_id } = target;
  const headers = Object.fromEntries(Object.entries(target.headers).filter(([name]) => !OF_THE_BROWSER.test(name)));
  await sender.send(url, { method, headers, body: file, open: true, timeoutMs: UPLOAD_MS, transport: telling(onProgress), signal });
  return upload_id;
}

/** @param {string} [key] @returns {Record<string, string>} */
export const keyed = (key = newKey()) => ({ "Idempotency-Key": key });

/** At random; crypto.randomUUID is not there on a page without TLS. */
function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(KEY_DIGITS / 2));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** @param {Image} image @returns {image is string | URL} */
const isAddress = (image) => typeof image === "string" || image instanceof URL;

/** @param {Image} image @returns {Blob} @throws {RangeError} where it is larger than the system takes */
function blobOf(image) {
  if (isAddress(image)) throw new TypeError("an address is no file");
  const file = image instanceof Blob ? image : new Blob([image]);
  if (file.size > FILE_AT_MOST) throw new RangeError(`an image may have ${FILE_AT_MOST >> 20} MiB at the most`);
  return file;
}

/** @param {Blob} file @param {Wanted} wanted */
function formOf(file, { operations = [], ...others }) {
  const form = new FormData();
  for (const operation of operations) form.append("operations", operation);
  for (const [name, value] of Object.entries(others)) {
    if (value !== undefined && value !== null) form.append(name, typeof value === "string" ? value : JSON.stringify(value));
  }
  form.append("image", file, "name" in file ? String(file.name) : "image");
  return form;
}

// Checks that a webhook's message comes from Sightline (Standard Webhooks), by Web Crypto.

import { InvalidSignature } from "./errors.js";

/** @typedef {{type: string, id: string, time: string, data: import("./api.js").components["schemas"]["Analysis"]}} Message */

const TOLERANCE_S = 300; // between the message's time and now
const PREFIX = "whsec_";
const HMAC = { name: "HMAC", hash: "SHA-256" };

/**
 * @param {string} secret as `GET /v1/me/webhook-secret` gives it
 * @param {Headers | Record<string, string | string[] | undefined>} headers of the request
 * @param {string | Uint8Array} body as it came
 * @param {{now?: number}} [options] `now` in milliseconds since 1970, the clock's by default
 * @returns {Promise<Message>}
 * @throws {InvalidSignature}
 */
export async function verify(secret, headers, body, { now = Date.now() } = {}) {
  const given = new Headers(headers instanceof Headers ? headers : plain(headers));
  const [id, sentAt] = [given.get("webhook-id") ?? "", given.get("webhook-timestamp") ?? ""];
  if (!/^\d{1,12}$/.test(sentAt) || Math.abs(now / 1000 - Number(sentAt)) > TOLERANCE_S) {
    throw new InvalidSignature("The message is of another time.");
  }
  const bytes = typeof body === "string" ? new TextEncoder().encode(body) : body;
  const signed = new Uint8Array([...new TextEncoder().encode(`${id}.${sentAt}.`), ...bytes]);
  const key = await crypto.subtle.importKey("raw", bytesOf(secret.replace(PREFIX, "")), HMAC, false, ["verify"]);
  for (const signature of (given.get("webhook-signature") ?? "").split(" ")) {
    if (signature.startsWith("v1,") && await crypto.subtle.verify("HMAC", key, bytesOf(signature.slice(3)), signed)) {
      return JSON.parse(new TextDecoder().decode(bytes));
    }
  }
  throw new InvalidSignature("The message is not signed with this secret.");
}

/** @param {Record<string, string | string[] | undefined>} headers as Node has them */
const plain = (headers) => Object.entries(headers)
  .filter(([, value]) => value !== undefined)
  .map(([name, value]) => /** @type {[string, string]} */ ([name, String(value)]));

/** @param {string} base64 @returns {Uint8Array<ArrayBuffer>} nothing for what is no base64 */
function bytesOf(base64) {
  if (!/^[\w+/]+={0,2}$/.test(base64) || base64.length % 4 === 1) return new Uint8Array();
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

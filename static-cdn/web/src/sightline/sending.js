// Sends a call until it is answered: again after what passes by itself, and with a new access token.

import { ConnectionFailed, errorOf, passes, SightlineError } from "./errors.js";
import { pause, pauseMs, within } from "./pausing.js";

/**
 * @typedef {object} Call
 * @property {string} [method]
 * @property {Record<string, string>} [headers]
 * @property {unknown} [json] what is sent as JSON
 * @property {BodyInit} [body] what is sent as it is
 * @property {Record<string, unknown>} [query] what is undefined is left out
 * @property {boolean} [open] no credentials go along
 * @property {boolean} [keepalive] the page may be left meanwhile
 * @property {number} [timeoutMs] of one attempt, in place of the client's
 * @property {number} [retries] in place of the client's
 * @property {AbortSignal | undefined} [signal] ends the call
 * @property {(address: string, options: RequestInit & {signal: AbortSignal}) => Promise<Response>} [transport] in place of fetch
 */

/**
 * @typedef {object} Patience
 * @property {number} timeoutMs of one attempt, with the reading of its answer
 * @property {number} retries a call is sent again so many times at the most
 * @property {number} retryBudgetMs of all pauses of one call
 */

const UNREPEATABLE = new Set(["POST", "PATCH"]);

export class Sender {
  #baseUrl;
  #patience;

  /**
   * @param {string} baseUrl "" for the origin of the page
   * @param {import("./credentials.js").Credentials} credentials
   * @param {Patience} patience
   */
  constructor(baseUrl, credentials, patience) {
    this.#baseUrl = baseUrl.replace(/\/$/, "");
    this.credentials = credentials;
    this.#patience = patience;
  }

  /**
   * A call is sent again only where that makes nothing twice: by its method, or by its Idempotency-Key.
   * @template [T=Response]
   * @param {string} path
   * @param {Call} [call]
   * @param {(response: Response) => T | Promise<T>} [take] what is made of an answer of 2xx or 3xx, itself by default
   * @returns {Promise<T>}
   */
  async send(path, call = {}, take = itself) {
    const repeatable = !UNREPEATABLE.has(call.method ?? "GET") || "Idempotency-Key" in (call.headers ?? {});
    const retries = call.retries ?? this.#patience.retries;
    let left = this.#patience.retryBudgetMs;
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await this.#sendOnce(path, call, take);
      } catch (error) {
        const wanted = retryAfterMs(error) || pauseMs(attempt);
        if (!repeatable || !passes(error) || attempt >= retries || wanted > left) throw error;
        left -= wanted;
        await pause(wanted, call.signal);
      }
    }
  }

  /**
   * The answer's JSON.
   * @param {string} path
   * @param {Call} [call]
   * @returns {Promise<any>}
   */
  json(path, call) { return this.send(path, call, (response) => response.json()); }

  /** @template T @param {string} path @param {Call} call @param {(response: Response) => T | Promise<T>} take */
  #sendOnce(path, call, take) {
    const address = this.#address(path, call);
    const attempt = (/** @type {Record<string, string>} */ headers) => read(async () => take(await this.#answer(address, call, headers)), call.signal);
    return call.open ? attempt({}) : this.credentials.use(attempt);
  }

  /** @param {string} address @param {Call} call @param {Record<string, string>} credentials */
  async #answer(address, call, credentials) {
    const type = call.json === undefined ? {} : { "Content-Type": "application/json" };
    const body = call.json === undefined ? call.body : JSON.stringify(call.json);
    const options = {
      method: call.method ?? "GET",
      headers: { ...type, ...call.headers, ...credentials },
      signal: within(call.timeoutMs ?? this.#patience.timeoutMs, call.signal),
      ...(body === undefined ? {} : { body }),
      ...(call.keepalive ? { keepalive: true } : {}),
    };
    const response = await (call.transport ?? fetch)(address, options);
    if (response.status < 400) return response;
    throw await errorOf(response);
  }

  /** @param {string} path @param {Call} call an absolute address never gets the credentials */
  #address(path, { query = {}, open }) {
    const absolute = /^https?:\/\//.test(path);
    if (absolute && !open) throw new TypeError(`${path} is no path of the API`);
    const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== null && value !== "");
    const asked = String(new URLSearchParams(given.map(([name, value]) => [name, String(value)])));
    return `${absolute ? "" : this.#baseUrl}${path}${asked && `?${asked}`}`;
  }
}

/**
 * Tells what the network did from what the caller did: ConnectionFailed for the one, the signal's reason for the other.
 * @template T
 * @param {() => Promise<T>} act
 * @param {AbortSignal} [signal] of the caller
 * @returns {Promise<T>}
 */
export async function read(act, signal) {
  try {
    return await act();
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    throw error instanceof SightlineError ? error : new ConnectionFailed(error);
  }
}

/** @param {Response} response @returns {any} */
const itself = (response) => response;

/** @param {unknown} error */
const retryAfterMs = (error) => (error instanceof SightlineError && "retryAfterS" in error ? 1000 * Number(error.retryAfterS) : 0);

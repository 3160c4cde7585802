// A server that answers as a test tells it to, and remembers what it was asked.

import { createServer } from "node:http";

const QUICKER = 20; // pauses are so many times shorter than they say; deadlines are not
const usual = globalThis.setTimeout;
globalThis.setTimeout = /** @type {typeof setTimeout} */ ((/** @type {any} */ act, milliseconds = 0, /** @type {any[]} */ ...given) => usual(act, milliseconds / QUICKER, ...given));

/** @typedef {{status?: number, headers?: Record<string, string>, body?: unknown, cut?: boolean}} Answer */
/** @typedef {{method: string, path: string, headers: import("node:http").IncomingHttpHeaders, body: Buffer}} Asked */

export class Stub {
  /** @type {Asked[]} */
  asked = [];
  /** @type {Map<string, (Answer | ((asked: Asked) => Answer | Promise<Answer>))[]>} */
  #answers = new Map();
  #server = createServer((request, response) => void this.#answer(request, response));
  url = "";

  async start() {
    await new Promise((resolve) => this.#server.listen(0, "127.0.0.1", () => resolve(undefined)));
    this.url = `http://127.0.0.1:${/** @type {import("node:net").AddressInfo} */ (this.#server.address()).port}`;
  }

  stop() {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  forget() {
    this.asked = [];
    this.#answers.clear();
  }

  /**
   * @param {string} operation as "GET /v1/me"
   * @param {(Answer | ((asked: Asked) => Answer | Promise<Answer>))[]} answers one after the other, the last one again and again
   */
  on(operation, ...answers) {
    this.#answers.set(operation, answers);
  }

  /** @param {import("node:http").IncomingMessage} request @param {import("node:http").ServerResponse} response */
  async #answer(request, response) {
    const pieces = [];
    for await (const piece of request) pieces.push(piece);
    const asked = { method: request.method ?? "", path: request.url ?? "", headers: request.headers, body: Buffer.concat(pieces) };
    this.asked.push(asked);
    const left = this.#answers.get(`${asked.method} ${asked.path.split("?")[0]}`) ?? [];
    const next = left.length > 1 ? left.shift() : left[0];
    const { status = 200, headers = {}, body = null, cut = false } = await (typeof next === "function" ? next(asked) : next ?? problem(404, "not-found"));
    response.writeHead(status, headers);
    const content = body === null ? "" : typeof body === "string" || Buffer.isBuffer(body) ? body : JSON.stringify(body);
    if (cut) response.write(content, () => response.destroy());
    else response.end(content);
  }
}

/** @param {number} status @param {string} slug @param {Record<string, string>} [headers] @returns {Answer} */
export const problem = (status, slug, headers = {}) => ({ status, headers, body: { type: `/problems/${slug}`, title: slug, detail: `It is ${slug}.`, status } });

/** @param {string} status @param {object} [more] */
export const analysis = (status, more = {}) => ({
  id: "an_1", status, finished_at: ["queued", "running"].includes(status) ? null : "2026-11-27T10:00:00.000Z", error: null,
  result: status === "succeeded" ? { faces: [], labels: [] } : null, ...more,
});

/** @param {...[string, ReturnType<typeof analysis>]} states each with its id @returns {string} */
export const events = (...states) => states.map(([id, state]) => `event: status\nid: ${id}\ndata: ${JSON.stringify(state)}\n\n`).join("");

// The operations of analyses and batches.

import { Caller } from "./caller.js";
import { AnalysisFailed, NotFound, WaitedTooLong } from "./errors.js";
import { states } from "./following.js";
import { pause, within } from "./pausing.js";
import { keyed, submit, upload } from "./submitting.js";

/** @typedef {import("./api.js").components["schemas"]} Schemas */
/** @typedef {Schemas["Analysis"]} Analysis */
/** @typedef {Schemas["Batch"]} Batch */
/** @typedef {import("./submitting.js").Image} Image */
/** @typedef {import("./submitting.js").Wanted} Wanted */
/** @typedef {import("./submitting.js").Sending} Sending */
/** @typedef {{timeoutMs?: number, signal?: AbortSignal}} Waiting */
/** @typedef {Schemas["UrlSubmission"] | Schemas["UploadSubmission"]} BatchEntry as `POST /v1/analyses` takes it by JSON */

/**
 * Filters of `GET /v1/analyses`, by their names there.
 * @typedef {{status?: string, label?: string, text?: string, face_count?: string, has_code?: boolean, from?: string, to?: string,
 *   q?: string}} Filters
 */

const WAITED_MS = 300_000;
const BATCH_WAITED_MS = 600_000;
const BATCH_POLL_MS = 1000;

export class Client extends Caller {
  /**
   * Hands an image in. It is accepted at once and analysed later.
   * @param {Image} image @param {Wanted} [wanted] @param {Sending} [sending]
   * @returns {Promise<Analysis>}
   */
  submit(image, wanted = {}, sending = {}) { return submit(this.sender, image, wanted, sending); }

  /** Sends a file straight into the store. @param {Image} image @param {Sending} [sending] @returns {Promise<string>} the id to submit */
  upload(image, sending = {}) { return upload(this.sender, image, sending); }

  /**
   * Hands an image in, and waits.
   * @param {Image} image @param {Wanted} [wanted] @param {Sending & Waiting} [how]
   * @returns {Promise<Schemas["Result"]>}
   * @throws {AnalysisFailed | WaitedTooLong}
   */
  async analyze(image, wanted = {}, how = {}) {
    const analysis = await this.wait((await this.submit(image, wanted, how)).id, how);
    if (!analysis.result) throw new AnalysisFailed(analysis);
    return analysis.result;
  }

  /** @param {string} id @returns {Promise<Analysis>} */
  get(id) { return this.json(`/v1/analyses/${id}`); }

  /**
   * An analysis at each change of its state, until it has ended.
   * @param {string} id @param {AbortSignal} [signal]
   * @returns {AsyncGenerator<Analysis, void, void>}
   */
  states(id, signal) { return states(this.sender, id, signal); }

  /**
   * The analysis when it has ended.
   * @param {string} id @param {Waiting} [how]
   * @returns {Promise<Analysis>}
   * @throws {WaitedTooLong}
   */
  async wait(id, { timeoutMs = WAITED_MS, signal } = {}) {
    const ending = within(timeoutMs, signal);
    try {
      for await (const analysis of this.states(id, ending)) if (analysis.finished_at) return analysis;
    } catch (error) {
      if (!ending.aborted || signal?.aborted) throw error;
    }
    throw new WaitedTooLong(id);
  }

  /** @param {Filters & {limit?: number, cursor?: string | null}} [query] @returns {Promise<Schemas["AnalysisPage"]>} newest first */
  page(query = {}) { return this.json("/v1/analyses", { query }); }

  /** All of them, newest first, read page by page. @param {Filters & {limit?: number}} [query] @returns {AsyncGenerator<Analysis, void, void>} */
  async *analyses(query = {}) {
    /** @type {string | null} */
    let cursor = null;
    do {
      /** @type {Schemas["AnalysisPage"]} */
      const page = await this.page({ limit: 100, ...query, cursor });
      yield* page.items;
      cursor = page.next_cursor;
    } while (cursor);
  }

  /** @param {string} id @returns {Promise<Schemas["Result"]>} */
  result(id) { return this.json(`/v1/analyses/${id}/result`); }

  /** @param {string} id @param {AbortSignal} [signal] @returns {Promise<Blob>} a JPEG */
  async preview(id, signal) { return (await this.request(`/v1/analyses/${id}/preview`, { signal })).blob(); }

  /** One's own pictures that look alike. @param {string} id @param {{limit?: number}} [query] @returns {Promise<Schemas["SimilarAnalyses"]["items"]>} */
  async similar(id, query = {}) { return (await this.json(`/v1/analyses/${id}/similar`, { query })).items; }

  /**
   * Addresses that show an analysis to whoever has them: the page, unless other parts are asked for.
   * @param {string} id
   * @param {{expiresIn?: number, parts?: Schemas["Share"]["parts"], idempotencyKey?: string}} [wanted] `expiresIn`: seconds, a week
   * unless it is given
   * @returns {Promise<Schemas["Share"]>}
   */
  share(id, { expiresIn: expires_in, parts, idempotencyKey } = {}) {
    return this.json(`/v1/analyses/${id}/share`, { method: "POST", headers: keyed(idempotencyKey), json: { expires_in, parts } });
  }

  /** Those that have not ended. @param {string} id @returns {Promise<Schemas["Share"][]>} */
  async shares(id) { return (await this.json(`/v1/analyses/${id}/share`)).items; }

  /** Its addresses show nothing from then on. @param {string} id @param {string} shareId */
  async withdraw(id, shareId) { await this.request(`/v1/analyses/${id}/share/${shareId}`, { method: "DELETE" }); }

  /** @param {string} id @returns {Promise<Analysis>} @throws {import("./errors.js").Conflict} where it has ended */
  cancel(id) { return this.json(`/v1/analyses/${id}/cancel`, { method: "POST", headers: keyed() }); }

  /** The same input as a new analysis. @param {string} id @returns {Promise<Analysis>} */
  retry(id) { return this.json(`/v1/analyses/${id}/retry`, { method: "POST", headers: keyed() }); }

  /** Nothing is left of it. What is gone already stays gone. @param {string} id */
  async delete(id) {
    try {
      await this.request(`/v1/analyses/${id}`, { method: "DELETE" });
    } catch (error) {
      if (!(error instanceof NotFound)) throw error;
    }
  }

  // Batches

  /** @param {BatchEntry[]} items 128 at the most @param {{idempotencyKey?: string}} [sending] @returns {Promise<Batch>} */
  submitBatch(items, { idempotencyKey } = {}) {
    return this.json("/v1/batches", { method: "POST", headers: keyed(idempotencyKey), json: { items } });
  }

  /** @param {string} id @returns {Promise<Batch>} */
  batch(id) { return this.json(`/v1/batches/${id}`); }

  /**
   * The batch when all of its items have ended.
   * @param {string} id @param {Waiting & {onProgress?: (batch: Batch) => void}} [how] `onProgress` sees each state
   * @returns {Promise<Batch>}
   * @throws {WaitedTooLong}
   */
  async waitBatch(id, { timeoutMs = BATCH_WAITED_MS, signal, onProgress } = {}) {
    for (const end = Date.now() + timeoutMs; ;) {
      const batch = await this.json(`/v1/batches/${id}`, { signal });
      onProgress?.(batch);
      if (!batch.counts.queued && !batch.counts.running) return batch;
      if (Date.now() >= end) throw new WaitedTooLong(id);
      await pause(BATCH_POLL_MS, signal);
    }
  }
}

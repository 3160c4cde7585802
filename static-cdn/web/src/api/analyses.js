// Analyses: submitting, following, listing.

import { json, posted, request, withToken } from "./client.js";
import { EventReader } from "./event-stream.js";
import { Offline, Problem, passes } from "./problem.js";

const AGAIN_MS = [500, 1000, 2000, 4000, 8000, 8000, 8000]; // a stream that was cut is opened again

/**
 * What is to be done with a picture.
 * @typedef {{operations: string[], engine: string, min_confidence?: number}} Options
 */

/** @param {string} address @param {Options} options @returns {Promise<any>} the analysis */
export const submitAddress = (address, options) => json("/v1/analyses", posted({ image_url: address, ...options }));

/**
 * @param {File} file
 * @param {Options} options
 * @param {(share: number) => void} progress called with how much of the file has been sent, 0 to 1
 * @param {AbortSignal} signal
 * @returns {Promise<any>} the analysis
 */
export async function submitFile(file, options, progress, signal) {
  const body = new FormData();
  for (const operation of options.operations) body.append("operations", operation);
  body.append("engine", options.engine);
  if (options.min_confidence !== undefined) body.append("min_confidence", String(options.min_confidence));
  body.append("metadata", JSON.stringify({ file_name: file.name }));
  body.append("image", file);
  return withToken((bearer) => upload(body, bearer, progress, signal));
}

/**
 * By XMLHttpRequest, which tells how much has been sent.
 * @param {FormData} body @param {string} bearer
 * @param {(share: number) => void} progress @param {AbortSignal} signal
 * @returns {Promise<any>}
 */
function upload(body, bearer, progress, signal) {
  return new Promise((resolve, reject) => {
    const sending = new XMLHttpRequest();
    sending.open("POST", "/v1/analyses");
    sending.setRequestHeader("Authorization", `Bearer ${bearer}`);
    sending.responseType = "json";
    sending.upload.onprogress = ({ loaded, total }) => progress(total ? loaded / total : 0);
    sending.onload = () => {
      if (sending.status < 300) resolve(sending.response);
      else reject(new Problem(sending.status, sending.response ?? {}, Number(sending.getResponseHeader("Retry-After")) || 0));
    };
    sending.onerror = () => reject(new Offline(null));
    sending.onabort = () => reject(signal.reason);
    signal.addEventListener("abort", () => sending.abort(), { once: true });
    sending.send(body);
  });
}

/** @param {string} id @returns {Promise<any>} */
export const cancel = (id) => json(`/v1/analyses/${id}/cancel`, { method: "POST" });

/** @param {string} id @returns {Promise<any>} the analysis that repeats it */
export const retry = (id) => json(`/v1/analyses/${id}/retry`, { method: "POST" });

/** @param {string} id */
export const remove = (id) => request(`/v1/analyses/${id}`, { method: "DELETE" });

/** @param {string} id @returns {Promise<any>} */
export const get = (id) => json(`/v1/analyses/${id}`);

/** @param {string} query @returns {Promise<{items: any[], next_cursor: string | null}>} */
export const list = (query) => json(`/v1/analyses?${query}`);

/** @param {string} path of a link in an analysis @param {AbortSignal} signal */
export const picture = async (path, signal) => (await request(path, { signal })).blob();

/**
 * An analysis at each change of its state, until it has ended. A stream that is cut is opened again, after
 * the last event that came.
 * @param {string} id @param {AbortSignal} signal
 * @returns {AsyncGenerator<any>}
 */
export async function* states(id, signal) {
  let last = "";
  for (let cuts = 0; ; cuts += 1) {
    try {
      for await (const { id: eventId, data } of stream(id, last, signal)) {
        [last, cuts] = [eventId || last, 0];
        const analysis = JSON.parse(data);
        yield analysis;
        if (analysis.finished_at) return;
      }
    } catch (error) {
      if (!passes(error) && !(error instanceof TypeError)) throw error; // TypeError: cut while it was read
      if (cuts >= AGAIN_MS.length) throw new Offline(error);
    }
    if (cuts >= AGAIN_MS.length) throw new Offline(null);
    await wait(AGAIN_MS[cuts] ?? 0, signal);
  }
}

/** @param {string} id @param {string} last @param {AbortSignal} signal */
async function* stream(id, last, signal) {
  const headers = last ? { "Last-Event-ID": last } : {};
  const response = await request(`/v1/analyses/${id}/events`, { signal, headers });
  const reader = new EventReader();
  if (!response.body) return;
  for await (const text of response.body.pipeThrough(new TextDecoderStream())) yield* reader.read(text);
}

/** @param {number} milliseconds @param {AbortSignal} signal @returns {Promise<void>} */
function wait(milliseconds, signal) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener("abort", () => { clearTimeout(timer); reject(signal.reason); }, { once: true });
  });
}

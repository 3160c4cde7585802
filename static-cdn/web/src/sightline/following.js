// An analysis on its way: by its stream of events, and by asking where there is none.

import { EventReader } from "./event-stream.js";
import { ConnectionFailed, passes } from "./errors.js";
import { pause } from "./pausing.js";
import { read } from "./sending.js";

/** @typedef {import("./api.js").components["schemas"]["Analysis"]} Analysis */

const AGAIN_MS = [500, 1000, 2000, 4000, 8000, 8000, 8000]; // after so many failures in a row it is given up
const STREAMS_TRIED = 3; // that bring nothing, before it is asked for instead
const STREAM_AT_MOST_MS = 3_600_000; // then it is opened again
const SILENT_MS = 45_000; // a stream says something every 15 seconds
const HELD_S = 25; // an answer is held back so long, of the 30 that it may

/**
 * An analysis at each change of its state, until it has ended. A stream that is cut is opened again, after the last
 * event that came.
 * @param {import("./sending.js").Sender} sender
 * @param {string} id
 * @param {AbortSignal} [signal]
 * @returns {AsyncGenerator<Analysis, void, void>}
 */
export async function* states(sender, id, signal) {
  const place = { last: "", status: "" };
  let [streaming, failures] = [true, 0];
  for (;;) {
    streaming &&= failures < STREAMS_TRIED;
    /** @type {unknown} */
    let cause = null;
    try {
      for await (const analysis of streaming ? streamed(sender, id, place, signal) : asked(sender, id, place, signal)) {
        failures = 0;
        yield analysis;
        if (analysis.finished_at) return;
      }
    } catch (error) {
      if (!passes(error)) throw error;
      cause = error;
    }
    const again = AGAIN_MS[failures];
    if (again === undefined) throw new ConnectionFailed(cause);
    failures += 1;
    await pause(again, signal);
  }
}

/**
 * @param {import("./sending.js").Sender} sender @param {string} id @param {{last: string, status: string}} place
 * @param {AbortSignal} [signal]
 * @returns {AsyncGenerator<Analysis, void, void>}
 */
async function* streamed(sender, id, place, signal) {
  const ending = new AbortController();
  const hangUp = () => ending.abort(new ConnectionFailed(null));
  let silence = setTimeout(hangUp, SILENT_MS);
  try {
    const both = signal ? AbortSignal.any([signal, ending.signal]) : ending.signal;
    const headers = place.last ? { "Last-Event-ID": place.last } : {};
    const call = { headers: { Accept: "text/event-stream", ...headers }, signal: both, timeoutMs: STREAM_AT_MOST_MS, retries: 0 };
    const response = await sender.send(`/v1/analyses/${id}/events`, call);
    if (response.status === 204) yield await sender.json(`/v1/analyses/${id}`, { signal }); // it has ended, and we know
    const texts = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    const reader = new EventReader();
    for (;;) {
      const piece = await read(async () => texts?.read(), both);
      if (!piece || piece.done) return;
      clearTimeout(silence);
      silence = setTimeout(hangUp, SILENT_MS);
      for (const event of reader.read(piece.value)) {
        place.last = event.id || place.last;
        const analysis = JSON.parse(event.data);
        place.status = analysis.status;
        yield analysis;
      }
    }
  } finally {
    clearTimeout(silence);
    hangUp();
  }
}

/**
 * @param {import("./sending.js").Sender} sender @param {string} id @param {{last: string, status: string}} place
 * @param {AbortSignal} [signal]
 * @returns {AsyncGenerator<Analysis, void, void>}
 */
async function* asked(sender, id, place, signal) {
  for (;;) {
    const query = place.status ? { wait: HELD_S } : {};
    const analysis = await sender.json(`/v1/analyses/${id}`, { query, signal, timeoutMs: 2 * 1000 * HELD_S, retries: 0 });
    const news = analysis.status !== place.status;
    place.status = analysis.status;
    if (news) yield analysis;
  }
}

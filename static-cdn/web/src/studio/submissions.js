// Pictures that were handed in on this page, each from its first byte to its end.

import { useEffect, useState } from "preact/hooks";

import { api } from "../api/analyses.js";
import { passes } from "../api/problem.js";
import { each } from "../design/each.js";

/**
 * @typedef {object} Submission
 * @property {number} key
 * @property {string} name
 * @property {"waiting" | "sending" | "sent" | "refused"} phase
 * @property {number} share how much of a file has been sent, 0 to 1
 * @property {any} analysis once there is one
 * @property {unknown} error
 * @property {AbortController} ending
 * @property {(submission: Submission) => Promise<any>} send
 * @property {() => void} sent called when it has become an analysis
 */

const AT_ONCE = 3; // uploads; a browser has six connections for everything
const LOOK_MS = 1500;
const LISTED = 100; // analyses that one look sees
const BEYOND = 4; // and those that it asks for besides

const changed = new EventTarget();
/** @type {Submission[]} newest first */
let submissions = [];
let keys = 0;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let looking;

const tell = () => changed.dispatchEvent(new Event("change"));

/** @returns {Submission[]} */
export function useSubmissions() {
  const [now, setNow] = useState(submissions);
  useEffect(() => {
    const look = () => setNow([...submissions]);
    changed.addEventListener("change", look);
    return () => changed.removeEventListener("change", look);
  }, []);
  return now;
}

/** @typedef {(analyses: any[]) => void} Begun */
/** @typedef {import("./options.js").Options} Options */

/**
 * @param {File[]} files
 * @param {Options[]} ways each file is analysed in each of these ways
 * @param {Begun} begun called with the analyses of the first one
 */
export function addFiles(files, ways, begun) {
  add(files.flatMap((file) => ways.map((options) => ({
    name: named(file.name, options, ways),
    send: (/** @type {Submission} */ one) => sendFile(file, options, one),
  }))), ways.length, begun);
}

/** @param {string} address @param {Options[]} ways @param {Begun} begun */
export function addAddress(address, ways, begun) {
  const name = new URL(address).pathname.split("/").pop() || address;
  add(ways.map((options) => ({ name: named(name, options, ways), send: () => api.submit(address, options) })), ways.length, begun);
}

/** @param {File} file @param {Options} options @param {Submission} one */
const sendFile = (file, options, one) => api.submit(file, { ...options, metadata: { file_name: file.name } }, {
  onProgress: (share) => { one.share = share; tell(); },
  signal: one.ending.signal,
});

/** @param {string} name @param {Options} options @param {Options[]} ways */
const named = (name, { engine }, ways) => (ways.length > 1 ? `${name} (${engine})` : name);

/**
 * @param {Pick<Submission, "name" | "send">[]} news
 * @param {number} first how many of them belong to the first picture
 * @param {Begun} begun
 */
function add(news, first, begun) {
  const sent = () => {
    if (made.slice(0, first).every(({ analysis }) => analysis)) begun(made.splice(0, first).map(({ analysis }) => analysis));
  };
  const made = news.map(({ name, send }, index) => {
    keys += 1;
    return { key: keys, name, send, phase: /** @type {const} */ ("waiting"), share: 0, analysis: null, error: null, ending: new AbortController(), sent: index < first ? sent : () => {} };
  });
  submissions = [...made.toReversed(), ...submissions];
  sendNext();
}

function sendNext() {
  const under = submissions.filter(({ phase }) => phase === "sending").length;
  const waiting = submissions.filter(({ phase }) => phase === "waiting").reverse();
  for (const submission of waiting.slice(0, Math.max(0, AT_ONCE - under))) {
    submission.phase = "sending";
    void deliver(submission).then(() => {
      if (submission.phase === "sent") submission.sent();
      sendNext();
    });
  }
  tell();
}

/** @param {Submission} submission */
async function deliver(submission) {
  try {
    submission.analysis = await submission.send(submission);
    submission.phase = "sent";
    looking ??= setTimeout(look, LOOK_MS);
  } catch (error) {
    submission.phase = "refused";
    submission.error = error;
  }
}

const underWay = () => submissions.filter(({ analysis }) => analysis && !analysis.finished_at);

// One list tells the states of most; what it does not reach is asked for by itself, the oldest first.
async function look() {
  try {
    const { items } = await api.page({ limit: LISTED });
    const found = new Map(items.map((one) => [one.id, one]));
    const beyond = underWay().filter(({ analysis, error }) => !error && !found.has(analysis.id)).slice(-BEYOND);
    await each(beyond, async (one) => {
      try {
        one.analysis = await api.get(one.analysis.id);
      } catch (error) {
        if (passes(error)) throw error;
        one.error = error; // it was deleted meanwhile
      }
    });
    for (const submission of underWay()) submission.analysis = found.get(submission.analysis.id) ?? submission.analysis;
    tell();
  } catch (error) {
    if (!passes(error)) for (const submission of underWay()) submission.error = error;
  }
  looking = underWay().some(({ error }) => !error) ? setTimeout(look, LOOK_MS) : undefined;
}

/** @param {Submission} submission */
export async function stop(submission) {
  submission.ending.abort(new Error("stopped"));
  if (submission.phase === "waiting") submission.phase = "refused";
  if (submission.analysis && !submission.analysis.finished_at) submission.analysis = await api.cancel(submission.analysis.id);
  tell();
}

/** One that was refused or stopped, from the beginning. @param {Submission} submission */
export function again(submission) {
  Object.assign(submission, { phase: "waiting", share: 0, error: null, ending: new AbortController() });
  sendNext();
}

/** How far one is: half of the way is the sending. @param {Submission} submission @returns {number} 0 to 1 */
export const wayOf = (submission) => (over(submission) ? 1 : submission.share / 2);

/** @param {Submission} submission */
export const over = ({ phase, analysis }) => phase === "refused" || Boolean(analysis?.finished_at);

export function clear() {
  submissions = submissions.filter((one) => !over(one));
  tell();
}

/** A state that came in another way. @param {any} analysis */
export function update(analysis) {
  const submission = submissions.find((one) => one.analysis?.id === analysis.id);
  if (submission) submission.analysis = analysis;
  tell();
}

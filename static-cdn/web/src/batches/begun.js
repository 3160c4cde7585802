// The batches that this browser began: the API gives a batch by its id, and no list of them.

const KEPT = "sightline.batches";
const AT_MOST = 50;

/** @typedef {{id: string, user: string, time: string, count: number}} Begun `time`: RFC 3339 */

/** @param {string | null} text what was kept @returns {Begun[]} newest first */
export function read(text) {
  try {
    const kept = JSON.parse(text ?? "[]");
    return kept.filter((/** @type {any} */ one) => isId(one.id) && typeof one.user === "string" && Number.isFinite(Date.parse(one.time)));
  } catch {
    return []; // another version kept it
  }
}

/** @param {string} id of a user @returns {Begun[]} */
export const begunBy = (id) => read(localStorage.getItem(KEPT)).filter(({ user }) => user === id);

/** @param {Begun} one */
export const note = (one) => localStorage.setItem(KEPT, JSON.stringify([one, ...read(localStorage.getItem(KEPT))].slice(0, AT_MOST)));

/** @param {unknown} text */
export const isId = (text) => typeof text === "string" && /^ba_[0-9a-z]{26}$/.test(text);

// Deadlines and pauses.

const FIRST_MS = 500;
const AT_MOST_MS = 20_000;

/**
 * @param {number} milliseconds
 * @param {AbortSignal} [signal]
 * @returns {Promise<void>} rejected with the signal's reason where that comes first
 */
export function pause(milliseconds, signal) {
  return new Promise((resolve, reject) => {
    const stop = () => { clearTimeout(timer); reject(signal?.reason); };
    const timer = setTimeout(() => { signal?.removeEventListener("abort", stop); resolve(); }, milliseconds);
    if (signal?.aborted) stop();
    else signal?.addEventListener("abort", stop, { once: true });
  });
}

/** Before the attempt after that many, at random, so that many clients do not come back at once. @param {number} attempt */
export const pauseMs = (attempt) => Math.random() * Math.min(AT_MOST_MS, FIRST_MS * 2 ** attempt);

/**
 * @param {number} milliseconds
 * @param {AbortSignal} [signal] of the caller
 * @returns {AbortSignal} that ends with the time or with the caller's, whichever is first
 */
export const within = (milliseconds, signal) => {
  const deadline = AbortSignal.timeout(milliseconds);
  return signal ? AbortSignal.any([signal, deadline]) : deadline;
};

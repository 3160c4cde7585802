// Calls of the API. The access token lives in memory alone; the refresh token in a cookie that no script can
// read and no other site can send.

import { Offline, Problem } from "./problem.js";

const SIGNED_IN = "sightline.signed-in"; // no secret: it spares a stranger's first page a request
const ENDING = "sightline.ending"; // the system has not heard yet that the session is over
const END_MS = 5000;
const RENEW = "/v1/session/renew";
/** @type {string | null} */
let accessToken = null;
/** @type {Promise<void> | null} */
let renewing = null;

/**
 * @param {string} path
 * @param {RequestInit} options
 * @returns {Promise<Response>} an answer of 2xx
 * @throws {Problem | Offline}
 */
async function call(path, options) {
  let response;
  try {
    response = await fetch(path, options);
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new Offline(error);
  }
  if (response.ok) return response;
  throw new Problem(response.status, await response.json().catch(() => ({})), retryAfter(response));
}

/** @param {Response} response */
const retryAfter = (response) => Number(response.headers.get("Retry-After")) || 0;

/** @param {unknown} value @returns {RequestInit} */
export const posted = (value) => ({
  method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(value),
});

/** @param {unknown} value @returns {RequestInit} */
export const patched = (value) => ({ ...posted(value), method: "PATCH" });

/** @param {string} path @param {object} body */
async function begin(path, body) {
  const response = await call(path, posted(body));
  accessToken = (await response.json()).access_token;
  localStorage.setItem(SIGNED_IN, "yes");
  localStorage.removeItem(ENDING); // its cookie has taken the place of the one that was to be ended
}

export const maySignInAgain = () => localStorage.getItem(SIGNED_IN) !== null;

function forget() {
  accessToken = null;
  localStorage.removeItem(SIGNED_IN);
}

// A refresh token works once: calls that find the access token too old share one renewal.
async function renew() {
  renewing ??= begin(RENEW, {}).finally(() => { renewing = null; });
  try {
    await renewing;
  } catch (error) {
    if (error instanceof Problem && error.status === 401) forget();
    throw error;
  }
}

/**
 * The access token, renewed where there is none.
 * @returns {Promise<string>}
 */
async function token() {
  if (!accessToken) await renew();
  return /** @type {string} */ (accessToken);
}

/**
 * Sends with the user's token; where that is too old, a second time with the next one, which another call may have
 * brought meanwhile.
 * @template T
 * @param {(bearer: string) => Promise<T>} send
 * @returns {Promise<T>}
 */
export async function withToken(send) {
  const bearer = await token();
  try {
    return await send(bearer);
  } catch (error) {
    if (!(error instanceof Problem) || error.status !== 401) throw error;
    if (accessToken === bearer) accessToken = null;
    return send(await token());
  }
}

/**
 * A call with the user's token.
 * @param {string} path
 * @param {RequestInit} [options]
 */
export const request = (path, options = {}) => withToken((bearer) => call(path, {
  ...options, headers: { ...options.headers, Authorization: `Bearer ${bearer}` },
}));

/** @param {string} path @param {RequestInit} [options] @returns {Promise<any>} */
export const json = async (path, options) => (await request(path, options)).json();

/** @param {string} path @returns {Promise<any>} an answer that everybody may have */
export const publicJson = async (path) => (await call(path, {})).json();

/** @param {string} email @param {string} password */
export const signIn = (email, password) => begin("/v1/session", { email, password });

/** @param {string} email @param {string} password */
export async function signUp(email, password) {
  await call("/v1/users", posted({ email, password }));
  await signIn(email, password);
}

/** This browser forgets the session, whether or not the system hears of it. */
export async function signOut() {
  if (!maySignInAgain()) return;
  forget();
  localStorage.setItem(ENDING, "yes");
  await tellOfEnd();
}

export const mustTell = () => localStorage.getItem(ENDING) !== null;

export async function tellOfEnd() {
  // The page may be left meanwhile.
  await call("/v1/session", { method: "DELETE", keepalive: true, signal: AbortSignal.timeout(END_MS) });
  localStorage.removeItem(ENDING);
}

// Calls of the API. The access token lives in memory alone; the refresh token in a cookie that no script can
// read and no other site can send.

import { Offline, Problem } from "./problem.js";

const SIGNED_IN = "sightline.signed-in"; // no secret: it spares a stranger's first page a request
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
export async function token() {
  if (!accessToken) await renew();
  return /** @type {string} */ (accessToken);
}

/**
 * A call with the user's token; where the token is too old, a second one with a new token.
 * @param {string} path
 * @param {RequestInit} [options]
 */
export async function request(path, options = {}) {
  const send = async () => call(path, {
    ...options, headers: { ...options.headers, Authorization: `Bearer ${await token()}` },
  });
  try {
    return await send();
  } catch (error) {
    if (!(error instanceof Problem) || error.status !== 401 || !accessToken) throw error;
    accessToken = null;
    return send();
  }
}

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

export async function signOut() {
  if (!maySignInAgain()) return;
  forget();
  await call("/v1/session", { method: "DELETE", keepalive: true }); // the page may be left meanwhile
}

// The app's own client of the API, and its session. The access token lives in memory alone; the refresh token in a
// cookie that no script can read and no other site can send.

import { Caller } from "../sightline/caller.js";
import { Problem } from "./problem.js";

/** @typedef {import("../sightline/sending.js").Call} Call */

const SIGNED_IN = "sightline.signed-in"; // no secret: it spares a stranger's first page a request
const ENDING = "sightline.ending"; // the system has not heard yet that the session is over
const END_MS = 5000;

/** It asks once: the pages say what went wrong, and ask again (use-resource.js). */
export const caller = new Caller({ renew, retries: 0 });

/** @param {unknown} value @returns {Call} */
export const posted = (value) => ({ method: "POST", json: value });

/** @param {unknown} value @returns {Call} */
export const patched = (value) => ({ method: "PATCH", json: value });

/** @param {string} path @param {Call} [call] */
export const request = (path, call) => caller.request(path, call);

/** @param {string} path @param {Call} [call] @returns {Promise<any>} */
export const json = (path, call) => caller.json(path, call);

/** @param {string} path @returns {Promise<any>} an answer that everybody may have */
export const publicJson = (path) => caller.json(path, { open: true });

/** For mails that the system sends: the language of the page, which need not be the browser's. */
const inLanguage = () => ({ "Accept-Language": globalThis.document?.documentElement.lang || "en" });

/** @param {string} path @param {object} value of somebody who need not sign in */
export const publicPost = (path, value) => caller.request(path, { ...posted(value), headers: inLanguage(), open: true });

/** @param {string} path of a link in an analysis @param {AbortSignal} [signal] */
export const picture = async (path, signal) => (await caller.request(path, { signal })).blob();

/** @param {string} path @param {object} body @returns {Promise<string>} the access token */
async function begin(path, body) {
  const { access_token } = await caller.json(path, { ...posted(body), open: true });
  localStorage.setItem(SIGNED_IN, "yes");
  localStorage.removeItem(ENDING); // its cookie has taken the place of the one that was to be ended
  return access_token;
}

async function renew() {
  try {
    return await begin("/v1/session/renew", {});
  } catch (error) {
    if (error instanceof Problem && error.status === 401) forget();
    throw error;
  }
}

export const maySignInAgain = () => localStorage.getItem(SIGNED_IN) !== null;

function forget() {
  caller.useToken(undefined);
  localStorage.removeItem(SIGNED_IN);
}

/** @param {string} email @param {string} password */
export async function signIn(email, password) {
  caller.useToken(await begin("/v1/session", { email, password }));
}

/** @param {{state: string, code: string, iss?: string}} given what an identity provider has answered */
export async function signInBy(given) {
  caller.useToken(await begin("/v1/session/providers/finish", given));
}

/** @param {string} email @param {string} password */
export async function signUp(email, password) {
  await publicPost("/v1/users", { email, password });
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
  await caller.request("/v1/session", { method: "DELETE", keepalive: true, open: true, timeoutMs: END_MS });
  localStorage.removeItem(ENDING);
}

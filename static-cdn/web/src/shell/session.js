// Who is signed in, as the pages see it.

import { useEffect, useState } from "preact/hooks";

import * as client from "../api/client.js";
import { Problem } from "../api/problem.js";
import { navigate } from "./router.js";

/**
 * @typedef {{state: "unknown" | "signed-out" | "signed-in" | "unreachable", me: any, error: unknown}} Session
 */

const changed = new EventTarget();
/** @type {Session} */
let session = { state: "unknown", me: null, error: null };

/** @param {Session} next */
function become(next) {
  session = next;
  changed.dispatchEvent(new Event("change"));
}

/** @returns {Session} */
export function useSession() {
  const [now, setNow] = useState(session);
  useEffect(() => {
    const look = () => setNow(session);
    look();
    changed.addEventListener("change", look);
    return () => changed.removeEventListener("change", look);
  }, []);
  return now;
}

/** Takes the session up again, where the browser has one. */
export async function resume() {
  if (!client.maySignInAgain()) return become({ state: "signed-out", me: null, error: null });
  try {
    become({ state: "signed-in", me: await client.json("/v1/me"), error: null });
  } catch (error) {
    const ended = error instanceof Problem && error.status === 401;
    become({ state: ended ? "signed-out" : "unreachable", me: null, error });
  }
}

/** @param {string} email @param {string} password @throws {Error} what the API's call does */
export async function enter(email, password) {
  await client.signIn(email, password);
  await resume();
}

/** @param {{state: string, code: string, iss?: string}} given what an identity provider has answered @throws {Error} what the API's call does */
export async function enterBy(given) {
  await client.signInBy(given);
  await resume();
}

/** @param {string} email @param {string} password @throws {Error} what the API's calls do */
export async function join(email, password) {
  await client.signUp(email, password);
  await resume();
}

/** Ends the session; where the system is away, the start page says so and tries again. */
export async function leave() {
  let error = null;
  try {
    await client.signOut();
  } catch (failure) {
    error = failure;
  }
  become({ state: "signed-out", me: null, error });
  navigate("/");
}

/**
 * Where a call was refused since the session has ended, the reader signs in and comes back.
 * @param {unknown} error
 * @returns {boolean} whether that was it
 */
export function ended(error) {
  if (!(error instanceof Problem) || error.status !== 401) return false;
  become({ state: "signed-out", me: null, error });
  return true;
}

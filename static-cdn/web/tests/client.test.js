import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

/** @type {Map<string, string>} */
const kept = new Map();
globalThis.localStorage = /** @type {any} */ ({
  getItem: (/** @type {string} */ name) => kept.get(name) ?? null,
  setItem: (/** @type {string} */ name, /** @type {string} */ value) => kept.set(name, value),
  removeItem: (/** @type {string} */ name) => kept.delete(name),
});
const client = await import("../src/api/client.js");

/** A system whose tokens are numbers: the newest is good. */
const system = { newest: 0, renewals: 0, away: false, late: /** @type {Promise<void> | null} */ (null) };

globalThis.fetch = /** @type {any} */ (async (/** @type {string} */ path, /** @type {any} */ options) => {
  if (system.away) throw new TypeError("no network");
  if (path === "/v1/session/renew") {
    system.renewals += 1;
    system.newest += 1;
    return Response.json({ access_token: String(system.newest) });
  }
  if (path === "/v1/session") return new Response(null, { status: 204 });
  const good = options.headers.Authorization === `Bearer ${system.newest}`;
  if (path === "/late" && !good) await system.late;
  return good ? Response.json(path) : Response.json({ title: "Unauthorized" }, { status: 401 });
});

beforeEach(async () => {
  Object.assign(system, { away: false, late: null });
  await client.json("/first");
  system.newest += 1; // the token that the page has is too old now
  system.renewals = 0;
});

test("calls that are refused at the same time share one renewal", async () => {
  assert.deepEqual(await Promise.all(["/a", "/b", "/c"].map((path) => client.json(path))), ["/a", "/b", "/c"]);
  assert.equal(system.renewals, 1);
});

test("a call that is refused after the renewal takes the new token", async () => {
  let resolve = () => {};
  system.late = new Promise((done) => { resolve = () => done(undefined); });
  const late = client.json("/late");
  assert.equal(await client.json("/soon"), "/soon");
  resolve();
  assert.equal(await late, "/late");
  assert.equal(system.renewals, 1);
});

test("a sign-out that the system has not heard of is told again", async () => {
  system.away = true;
  await assert.rejects(client.signOut(), { message: "no answer" });
  assert.equal(client.maySignInAgain(), false);
  assert.equal(client.mustTell(), true);
  system.away = false;
  await client.tellOfEnd();
  assert.equal(client.mustTell(), false);
});

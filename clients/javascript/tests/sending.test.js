import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";

import * as sightline from "../src/index.js";
import { problem, Stub } from "./stub.js";

const stub = new Stub();
before(() => stub.start());
after(() => stub.stop());
beforeEach(() => stub.forget());

/** @param {import("../src/index.js").Options} [options] */
const client = (options = {}) => new sightline.Client({ baseUrl: stub.url, apiKey: "slk_1", ...options });

test("what passes is asked again, and the key goes along", async () => {
  stub.on("GET /v1/me", problem(503, "draining"), { cut: true }, { body: { id: "us_1" } });
  assert.equal((await client().me()).id, "us_1");
  assert.deepEqual(stub.asked.map(({ headers }) => headers["x-api-key"]), ["slk_1", "slk_1", "slk_1"]);
});

test("a call that could make something twice is not sent again without an Idempotency-Key", async () => {
  stub.on("POST /v1/me/api-keys", problem(503, "unavailable"));
  await assert.rejects(client().makeApiKey("key", ["analyses:read"]), sightline.Unavailable);
  assert.equal(stub.asked.length, 1);
});

test("a submission is sent again with the key of before", async () => {
  stub.on("POST /v1/analyses", problem(503, "overloaded"), { status: 202, body: { id: "an_1" } });
  assert.equal((await client().submit("https://example.com/dog.jpg")).id, "an_1");
  const keys = stub.asked.map(({ headers }) => headers["idempotency-key"]);
  assert.match(String(keys[0]), /^[0-9a-f]{32}$/);
  assert.equal(keys[0], keys[1]);
});

test("Retry-After is kept within the budget of pauses, and one beyond it is told at once", async () => {
  const tooOften = problem(429, "rate-limited", { "Retry-After": "1" });
  stub.on("GET /v1/me", tooOften, { body: { id: "us_1" } });
  assert.equal((await client({ retryBudgetMs: 1000 }).me()).id, "us_1");
  stub.on("GET /v1/me", tooOften, { body: { id: "us_1" } });
  await assert.rejects(client({ retryBudgetMs: 999 }).me(), (error) => error instanceof sightline.RateLimited && error.retryAfterS === 1);
  assert.equal(stub.asked.length, 3);
});

test("an attempt ends at its deadline, a call at its caller's signal", async () => {
  stub.on("GET /v1/me", () => new Promise(() => {}));
  await assert.rejects(client({ timeoutMs: 50, retries: 0 }).me(), (error) => error instanceof sightline.ConnectionFailed
    && error.cause instanceof DOMException && error.cause.name === "TimeoutError");
  const reason = new Error("not wanted any more");
  await assert.rejects(client().json("/v1/me", { signal: AbortSignal.abort(reason) }), reason);
});

test("callers that are refused at the same time share one renewal, and a late one takes its token", async () => {
  let [newest, renewals] = [1, 0];
  /** @type {(value: unknown) => void} */
  let release = () => {};
  const held = new Promise((resolve) => { release = resolve; });
  const answer = async (/** @type {import("./stub.js").Asked} */ { headers, path }) => {
    const good = headers.authorization === `Bearer ${newest}`;
    if (path === "/late" && !good) await held;
    return good ? { body: { path } } : problem(401, "unauthorized");
  };
  for (const path of ["/a", "/b", "/late"]) stub.on(`GET ${path}`, answer);
  stub.on("POST /v1/oauth/token", ({ body }) => {
    assert.equal(new URLSearchParams(String(body)).get("refresh_token"), `r${newest}`);
    renewals += 1;
    newest += 1;
    return { body: { access_token: String(newest), refresh_token: `r${newest}` } };
  });
  const calling = new sightline.Client({ baseUrl: stub.url, accessToken: "0", refreshToken: "r1" });
  const late = calling.json("/late");
  assert.deepEqual(await Promise.all([calling.json("/a"), calling.json("/b")]), [{ path: "/a" }, { path: "/b" }]);
  release(undefined);
  assert.deepEqual(await late, { path: "/late" });
  assert.equal(renewals, 1);
});

test("a session's own renewal is asked where there is no token, and its failure is the caller's", async () => {
  stub.on("GET /v1/me", ({ headers }) => (headers.authorization === "Bearer new" ? { body: { id: "us_1" } } : problem(401, "unauthorized")));
  const calling = new sightline.Client({ baseUrl: stub.url, renew: async () => "new" });
  assert.equal((await calling.me()).id, "us_1");
  const refused = new sightline.Client({ baseUrl: stub.url, renew: async () => { throw new sightline.Unauthorized(401, {}); } });
  await assert.rejects(refused.me(), sightline.Unauthorized);
});

test("errors are classes by their type, and name the places that are wrong", async () => {
  const body = { type: "/problems/invalid-request", detail: "Wrong.", errors: [{ pointer: "/image_url", detail: "no address" }] };
  stub.on("POST /v1/analyses", { status: 422, body });
  await assert.rejects(client().submit("ftp://no"), (error) => error instanceof sightline.InvalidRequest
    && error.name === "InvalidRequest" && error.fields["image_url"] === "no address" && error.message === "Wrong. (/image_url: no address)");
  stub.on("GET /v1/me", problem(429, "budget-exceeded"), problem(403, "suspended"), problem(410, "unheard-of"), { status: 404, body: "<html>" });
  for (const kind of [sightline.QuotaExceeded, sightline.Suspended, sightline.ApiError, sightline.NotFound]) {
    await assert.rejects(client().me(), (error) => error instanceof Error && error.constructor === kind);
  }
  stub.on("POST /v1/oauth/token", { status: 400, body: { error: "invalid_grant", error_description: "Not right." } });
  await assert.rejects(client().signIn("ada@example.test", "wrong"), (error) => error instanceof sightline.SignInFailed && error.message === "Not right.");
});

test("credentials never go to another origin", async () => {
  await assert.rejects(client().json("https://example.com/v1/me"), TypeError);
  assert.equal(stub.asked.length, 0);
});

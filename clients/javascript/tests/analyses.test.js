import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";

import { EventReader } from "../src/event-stream.js";
import * as sightline from "../src/index.js";
import { analysis, events, problem, Stub } from "./stub.js";

const stub = new Stub();
before(() => stub.start());
after(() => stub.stop());
beforeEach(() => stub.forget());

const client = () => new sightline.Client({ baseUrl: stub.url, apiKey: "slk_1" });

test("a file goes as a form, with each operation and metadata as JSON", async () => {
  stub.on("POST /v1/analyses", { status: 202, body: analysis("queued") });
  /** @type {number[]} */
  const shares = [];
  const file = new File(["content"], "dog.jpg", { type: "image/jpeg" });
  const sending = { idempotencyKey: "mine", onProgress: (/** @type {number} */ share) => void shares.push(share) };
  await client().submit(file, { operations: ["faces", "hash"], metadata: { album: "summer" }, min_confidence: 0.2 }, sending);
  const [asked] = stub.asked;
  const form = await new Response(new Uint8Array(asked?.body ?? []), { headers: { "Content-Type": String(asked?.headers["content-type"]) } }).formData();
  assert.deepEqual(form.getAll("operations"), ["faces", "hash"]);
  assert.equal(form.get("metadata"), '{"album":"summer"}');
  assert.equal(form.get("min_confidence"), "0.2");
  assert.equal(/** @type {File} */ (form.get("image")).name, "dog.jpg");
  assert.equal(asked?.headers["idempotency-key"], "mine");
  assert.deepEqual(shares, [1]);
});

test("a large file goes straight into the store, without credentials, and its id is submitted", async () => {
  const headers = { "Content-Type": "image/x-unknown" };
  stub.on("POST /v1/uploads", ({ body }) => {
    assert.deepEqual(JSON.parse(String(body)), { content_type: "image/x-unknown", size: (4 << 20) + 1 });
    return { status: 201, body: { upload_id: "up_1", url: "/store/up_1?signed", method: "PUT", headers } };
  });
  stub.on("PUT /store/up_1", problem(503, "unavailable"), {});
  stub.on("POST /v1/analyses", { status: 202, body: analysis("queued") });
  await client().submit(new Uint8Array((4 << 20) + 1), { operations: ["hash"] }, { idempotencyKey: "mine" });
  const [presigned, refused, put, submitted] = stub.asked;
  assert.equal(presigned?.headers["idempotency-key"], "mine-upload");
  assert.equal(refused?.path, put?.path);
  assert.deepEqual([put?.body.length, put?.headers["x-api-key"]], [(4 << 20) + 1, undefined]);
  assert.deepEqual(JSON.parse(String(submitted?.body)), { upload_id: "up_1", operations: ["hash"] });
});

test("an analysis is shared, and a repetition makes no second share", async () => {
  const made = { share_id: "sh_1", url: "http://a.test/shared/1" };
  stub.on("POST /v1/analyses/an_1/share", problem(503, "unavailable"), { status: 201, body: made });
  stub.on("GET /v1/analyses/an_1/share", { body: { items: [made], next_cursor: null } });
  stub.on("DELETE /v1/analyses/an_1/share/sh_1", { status: 204 });
  assert.deepEqual(await client().share("an_1", { expiresIn: 60, parts: ["preview"] }), made);
  assert.deepEqual(await client().shares("an_1"), [made]);
  await client().withdraw("an_1", "sh_1");
  const [first, again] = stub.asked;
  assert.deepEqual(JSON.parse(String(again?.body)), { expires_in: 60, parts: ["preview"] });
  assert.equal(first?.headers["idempotency-key"], again?.headers["idempotency-key"]);
});

test("a file that is too large is not sent", async () => {
  await assert.rejects(client().submit(new Uint8Array((20 << 20) + 1)), RangeError);
  assert.equal(stub.asked.length, 0);
});

test("a stream that was cut goes on after the last event that came", async () => {
  stub.on("GET /v1/analyses/an_1/events",
    { cut: true, body: events(["1", analysis("queued")], ["2", analysis("running")]) + "id: 3\nda" },
    { body: events(["3", analysis("succeeded")]) });
  const seen = [];
  for await (const { status } of client().states("an_1")) seen.push(status);
  assert.deepEqual(seen, ["queued", "running", "succeeded"]);
  assert.deepEqual(stub.asked.map(({ headers }) => headers["last-event-id"]), [undefined, "2"]);
});

test("where there is no stream it is asked for, and the answer held back until there is news", async () => {
  stub.on("GET /v1/analyses/an_1/events", problem(503, "unavailable"));
  stub.on("GET /v1/analyses/an_1", { body: analysis("queued") }, { body: analysis("queued") }, { body: analysis("succeeded") });
  const found = await client().wait("an_1");
  assert.equal(found.status, "succeeded");
  assert.deepEqual(stub.asked.filter(({ path }) => !path.endsWith("events")).map(({ path }) => path),
    ["/v1/analyses/an_1", "/v1/analyses/an_1?wait=25", "/v1/analyses/an_1?wait=25"]);
});

test("somebody who waits no more is told so, and what is gone is gone", async () => {
  stub.on("GET /v1/analyses/an_1/events", () => new Promise(() => {}));
  await assert.rejects(client().wait("an_1", { timeoutMs: 50 }), sightline.WaitedTooLong);
  const reason = new Error("closed");
  await assert.rejects(client().wait("an_1", { signal: AbortSignal.abort(reason) }), reason);
  stub.on("GET /v1/analyses/an_1/events", problem(404, "not-found"));
  await assert.rejects(client().wait("an_1"), sightline.NotFound);
  await client().delete("an_1");
});

test("a result is given, and the code where there is none", async () => {
  stub.on("POST /v1/analyses", { status: 202, body: analysis("queued") });
  const error = { code: "timeout", title: "t", detail: "It took too long.", attempts: 3 };
  stub.on("GET /v1/analyses/an_1/events", { body: events(["1", analysis("succeeded")]) }, { body: events(["1", analysis("failed", { error })]) });
  assert.deepEqual((await client().analyze("https://example.com/dog.jpg")).faces, []);
  await assert.rejects(client().analyze("https://example.com/dog.jpg"), (failure) => failure instanceof sightline.AnalysisFailed
    && failure.code === "timeout" && failure.message === "It took too long.");
});

test("pages are read as they are wanted", async () => {
  stub.on("GET /v1/analyses", ({ path }) => (path.includes("cursor=next")
    ? { body: { items: [{ id: "an_3" }], next_cursor: null } } : { body: { items: [{ id: "an_1" }, { id: "an_2" }], next_cursor: "next" } }));
  const seen = [];
  for await (const { id } of client().analyses({ status: "failed" })) seen.push(id);
  assert.deepEqual(seen, ["an_1", "an_2", "an_3"]);
  assert.deepEqual(stub.asked.map(({ path }) => path), ["/v1/analyses?limit=100&status=failed", "/v1/analyses?limit=100&status=failed&cursor=next"]);
});

test("each state of a batch is told until all of it has ended", async () => {
  const [begun, done] = [{ id: "ba_1", counts: { queued: 1, rejected: 1 } }, { id: "ba_1", counts: { succeeded: 1, rejected: 1 } }];
  stub.on("POST /v1/batches", { status: 202, body: begun });
  stub.on("GET /v1/batches/ba_1", { body: begun }, { body: done });
  const { id } = await client().submitBatch([{ image_url: "https://example.com/dog.jpg" }]);
  /** @type {unknown[]} */
  const seen = [];
  assert.deepEqual(await client().waitBatch(id, { onProgress: ({ counts }) => seen.push(counts) }), done);
  assert.deepEqual(seen, [begun.counts, done.counts]);
});

test("events are whole, however the stream is cut", () => {
  const stream = 'id: 1\nevent: state\ndata: {"a": 1}\n\n: keep-alive\n\nid: 2\r\ndata: one\r\ndata: two\r\n\r\n';
  for (let cut = 0; cut <= stream.length; cut += 1) {
    const reader = new EventReader();
    const found = [...reader.read(stream.slice(0, cut)), ...reader.read(stream.slice(cut))];
    assert.deepEqual(found, [{ id: "1", data: '{"a": 1}' }, { id: "2", data: "one\ntwo" }], `cut at ${cut}`);
  }
  assert.deepEqual(new EventReader().read("data: half"), []);
});

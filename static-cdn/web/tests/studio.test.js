import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";

import { isAddress, thumbnailOf } from "../src/studio/intake.js";
import { factsOf } from "../src/studio/facts.js";
import { marksOf } from "../src/studio/marks.js";
import { read } from "../src/studio/options.js";
import { placesOf } from "../src/studio/raw.js";
import { sentence } from "../src/studio/sentence.js";
import { kept } from "../src/studio/zoom.js";

const BOX = { left: 0.1, top: 0.2, width: 0.3, height: 0.4 };
const RESULT = {
  image: { width: 4, height: 3, format: "png", frames: 1, truncated: false },
  engines: [{ operation: "faces", model: "m", degraded: true }],
  faces: [{ box: BOX, confidence: 0.934 }], codes: [{ kind: "qr", text: null, polygon: [{ x: 0, y: 0 }] }],
  text: [{ text: "Dear", polygon: [] }, { text: "reader", polygon: [] }], moderation: [],
  labels: [{ name: "cup", confidence: 0.9, instances: [{ box: BOX, confidence: 0.9 }, { box: BOX, confidence: 0.5 }] }, { name: "dark", confidence: 0.6 }],
  quality: null, hash: null, metadata: null,
};

test("an analysis is told in one sentence", () => {
  assert.equal(sentence({ status: "succeeded", result: RESULT }), "Succeeded: 1 face, 1 code, 2 lines of text");
  const labels = { ...RESULT, engines: [{ operation: "labels" }], faces: [], codes: [], text: [] };
  assert.equal(sentence({ status: "succeeded", result: labels }), "Succeeded: cup, dark");
  assert.equal(sentence({ status: "succeeded", result: { ...labels, labels: [] } }), "Succeeded: nothing");
  assert.equal(sentence({ status: "succeeded", result: { ...labels, engines: [{ operation: "colors" }] } }), "Succeeded");
  assert.equal(sentence({ status: "queued", result: null }), "Queued");
  assert.equal(sentence({ status: "failed", error: { title: "Gone", detail: "It is not there." } }), "Failed: Gone. It is not there.");
});

test("everything with a place is marked, by the key of its list", () => {
  const marks = marksOf(RESULT);
  assert.deepEqual(marks.map(({ key }) => key), ["face-0", "label-0-0", "label-0-1", "text-0", "text-1", "code-0"]);
  assert.deepEqual(marks.map(({ title }) => title), ["Face, 93% sure", "cup, 90% sure", "cup, 50% sure", "Dear", "reader", "qr"]);
});

test("numbers are told with what they mean", () => {
  const facts = Object.fromEntries(factsOf({ metering: { billed_ms: 0 }, result: RESULT }));
  assert.equal(facts.Picture, "4 × 3, png");
  assert.equal(facts["Faces: model"], "m (degraded)");
  assert.match(facts.Billed ?? "", /earlier analysis/);
});

test("options that were kept are read, and nothing else", () => {
  assert.deepEqual(read('{"operations": ["text", "faces", "magic"], "min_confidence": 0.3}').operations, ["faces", "text"]);
  for (const bad of [null, "", "{", "[]", '{"operations": []}', '{"operations": ["faces"], "min_confidence": 7}']) {
    assert.equal(read(bad).operations.length, 6, String(bad));
  }
});

test("an address has http or https before it", () => {
  assert.deepEqual(["http://a.test/x.png", "https://a.test", "ftp://a.test", "a.test/x.png", ""].map(isAddress), [true, true, false, false, false]);
});

test("each sample picture has a thumbnail", () => {
  const samples = new URL("../../samples/", import.meta.url);
  for (const { url } of JSON.parse(readFileSync(new URL("index.json", samples), "utf8"))) {
    assert.ok(existsSync(new URL(thumbnailOf(url).replace("/samples/", ""), samples)), thumbnailOf(url));
  }
});

test("what is in the middle of the frame stays there when it comes closer", () => {
  assert.equal(kept(0, 100, 2), 50);
  assert.equal(kept(kept(30, 100, 2), 100, 0.5), 30);
});

test("what is sought is found wherever it stands, in capitals or not", () => {
  assert.deepEqual(placesOf('"Face": "face"', "face"), [1, 9]);
  assert.deepEqual(placesOf("İ face", "face"), [2]);
  assert.deepEqual([placesOf("aaa", "aa"), placesOf("aaa", ""), placesOf("aaa", "b")], [[0], [], []]);
});

import assert from "node:assert/strict";
import { test } from "node:test";

import { addressesOf } from "../src/batches/addresses.js";
import { read } from "../src/batches/begun.js";
import { wordsOf } from "../src/batches/summary.js";

test("each line is an address, and a line that is none is named", () => {
  assert.deepEqual(addressesOf(" http://a.test/1.png \r\n\nhttps://a.test/2.png\n"), { addresses: ["http://a.test/1.png", "https://a.test/2.png"], wrong: [] });
  assert.deepEqual(addressesOf("a.test\nhttp://a.test\nftp://a.test").wrong, [1, 3]);
  assert.deepEqual(addressesOf("  \n"), { addresses: [], wrong: [] });
});

test("batches that were kept are read, and nothing else", () => {
  const good = { id: `ba_${"0".repeat(26)}`, user: "us_1", time: "2026-11-28T10:00:00Z", count: 2 };
  assert.deepEqual(read(JSON.stringify([good, { ...good, id: "ba_../x" }, { ...good, time: "then" }])), [good]);
  for (const bad of [null, "", "{}", "[null]", "[1"]) assert.deepEqual(read(bad), [], String(bad));
});

test("a summary is told in a few words", () => {
  const nothing = { faces: 0, codes: 0, text_lines: 0, labels: [] };
  assert.equal(wordsOf({ ...nothing, faces: 2, text_lines: 1, labels: ["a", "b", "c", "d"] }), "2 faces, 1 line of text, a, b, c");
  assert.equal(wordsOf(nothing), "nothing");
  assert.equal(wordsOf(null), "");
});

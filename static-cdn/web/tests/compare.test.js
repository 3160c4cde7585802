import assert from "node:assert/strict";
import { test } from "node:test";

import { compared, differs, idsOf } from "../src/compare/compared.js";
import { EVERY, read, waysOf } from "../src/studio/options.js";

const EMPTY = { faces: [], labels: [], text: [], codes: [], moderation: [], quality: null };
/** @param {Record<string, unknown>} found @param {string[]} operations */
const analysis = (found, operations) => ({
  metering: { billed_ms: 7 }, result: { ...EMPTY, ...found, engines: operations.map((operation) => ({ operation })) },
});
/** @param {[string, number][]} found */
const names = (...found) => found.map(([name, confidence]) => ({ name, confidence }));

test("each thing has a row, and what was not asked for is no zero", () => {
  const rows = compared([
    analysis({ labels: names(["cup", 0.8]) }, ["faces", "labels"]),
    analysis({ labels: names(["cup", 0.6], ["drink", 0.9]) }, ["labels"]),
    { metering: null, result: null },
  ]);
  assert.deepEqual(rows.map(({ name, values }) => [name, ...values]), [
    ["Faces", "0", "–", "–"], ["drink", "–", "90%", "–"], ["cup", "80%", "60%", "–"], ["Billed", "7 ms", "7 ms", "–"],
  ]);
  assert.deepEqual([{ name: "", values: ["a", "a"] }, { name: "", values: ["a", "–"] }].map(differs), [false, true]);
});

test("of an address only what can be ids is asked for, each once and four at the most", () => {
  const ids = [..."abcde"].map((letter) => `an_${letter.repeat(26)}`);
  assert.deepEqual(idsOf([ids[0], ids[0], "an_x/../me", ...ids].join()), ids.slice(0, 4));
  assert.deepEqual(idsOf(null), []);
});

test("a picture goes to each engine, or to the one that is chosen while there is such a one", () => {
  const engines = (/** @type {string} */ engine, /** @type {string[]} */ there) => waysOf({ ...read(null), engine }, there).map((way) => way.engine);
  assert.deepEqual(engines(EVERY, ["local", "clarifai"]), ["local", "clarifai"]);
  assert.deepEqual(engines(EVERY, ["local"]), ["auto"]);
  assert.deepEqual(engines("clarifai", ["local", "clarifai"]), ["clarifai"]);
  assert.deepEqual(engines("clarifai", ["local"]), ["auto"]);
});

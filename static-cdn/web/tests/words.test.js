import assert from "node:assert/strict";
import { test } from "node:test";

import { messages as de } from "../src/words/de.js";
import { messages as ofReferenceGerman } from "../src/words/de/reference.js";
import { messages as en } from "../src/words/en.js";
import { messages as ofReference } from "../src/words/en/reference.js";
import { fill, languageOf } from "../src/words/words.js";

/** @param {any} message @returns {string[]} */
const forms = (message) => (typeof message === "string" ? [message] : [message.one, message.other]);
/** @param {any} message */
const places = (message) => forms(message).map((form) => (form.match(/\{\w+\}/g) ?? []).sort());

test("each language has the same messages with the same values in them", () => {
  /** @type {[Record<string, any>, Record<string, any>][]} */
  const catalogues = [[en, de], [ofReference, ofReferenceGerman]];
  for (const [english, german] of catalogues) {
    assert.deepEqual(Object.keys(german).sort(), Object.keys(english).sort());
    for (const key of Object.keys(english)) assert.deepEqual(places(german[key]), places(english[key]), key);
  }
});

test("a message is filled with its values, numbers as the language writes them", () => {
  assert.equal(fill("{name}: {count} of {all}", { name: "a", count: 1234, all: 5 }), "a: 1,234 of 5");
  assert.equal(fill("{missing}!", {}), "!");
});

test("a message with forms goes by its count", () => {
  const message = { one: "{count} face", other: "{count} faces" };
  assert.deepEqual([0, 1, 2].map((count) => fill(message, { count })), ["0 faces", "1 face", "2 faces"]);
});

test("the language is the first wanted one that there is", () => {
  assert.equal(languageOf(["fr-CH", "de-AT", "en"]), "de");
  assert.equal(languageOf(["fr"]), "en");
  assert.equal(languageOf([]), "en");
});

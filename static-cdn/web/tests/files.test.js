import assert from "node:assert/strict";
import { test } from "node:test";

import { picturesIn } from "../src/studio/files.js";

/** @param {string} name */
const file = (name) => new File([], name, { type: name.endsWith(".png") ? "image/png" : "" });
/** @param {string} name */
const fileEntry = (name) => ({ isDirectory: false, file: (/** @type {(file: File) => void} */ done) => done(file(name)) });
/** A folder whose reader gives two entries at a time, as browsers give a hundred. @param {any[]} entries */
const folder = (...entries) => ({
  isDirectory: true,
  createReader: () => {
    const left = [...entries];
    return { readEntries: (/** @type {(some: any[]) => void} */ done) => done(left.splice(0, 2)) };
  },
});
/** @param {string[]} names @param {any[]} entries */
const dropped = (names, entries) => /** @type {any} */ ({ files: names.map(file), items: entries.map((entry) => ({ webkitGetAsEntry: () => entry })) });

test("pictures are found in folders, however deep, and nothing else", async () => {
  const deep = folder(fileEntry("c.png"), fileEntry("notes.txt"), fileEntry("d.HEIC"));
  const found = await picturesIn(dropped(["a.png", "b"], [fileEntry("a.png"), folder(fileEntry("b.png"), deep, folder())]));
  assert.deepEqual(found.map(({ name }) => name), ["a.png", "b.png", "c.png", "d.HEIC"]);
});

test("without a folder the files are taken as they are", async () => {
  const found = await picturesIn(dropped(["a.png", "notes.txt"], [fileEntry("a.png"), null]));
  assert.deepEqual(found.map(({ name }) => name), ["a.png"]);
});

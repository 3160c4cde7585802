import assert from "node:assert/strict";
import { test } from "node:test";

import { each } from "../src/design/each.js";
import { filtersOf, queryOf } from "../src/history/filters.js";
import { continued, refreshed } from "../src/history/pages.js";
import { csvOfAll } from "../src/studio/table.js";

/** @param {string} ids */
const items = (ids) => [...ids].map((id) => ({ id }));
/** @param {import("../src/history/pages.js").Read} read */
const ids = (read) => read.items.map(({ id }) => id).join("");
const READ = { items: items("hgfedc"), next: "c" };

test("the first page takes the place of what it reaches over, and the rest stays", () => {
  const read = refreshed(READ, { items: items("ihf"), next_cursor: "f" });
  assert.deepEqual([ids(read), read.next], ["ihfedc", "c"], "i is new, g was deleted");
});

test("a first page that reaches nothing of what was read stands alone", () => {
  const read = refreshed(READ, { items: items("zyx"), next_cursor: "x" });
  assert.deepEqual([ids(read), read.next], ["zyx", "x"]);
  assert.equal(ids(refreshed(READ, { items: items("e"), next_cursor: null })), "e", "nothing follows it");
  assert.equal(ids(refreshed({ items: [], next: null }, { items: [], next_cursor: null })), "");
});

test("what follows is told once", () => {
  const read = continued(READ, { items: items("cba"), next_cursor: null });
  assert.deepEqual([ids(read), read.next], ["hgfedcba", null]);
});

test("each thing is done though some fail, and the first failure is told", async () => {
  /** @type {number[]} */
  const done = [];
  const act = async (/** @type {number} */ one) => { if (one % 3 === 0) throw new Error(`no ${one}`); done.push(one); };
  await assert.rejects(each([1, 2, 3, 4, 5, 6, 7, 8], act), { message: "no 3" });
  assert.deepEqual(done, [1, 2, 4, 5, 7, 8]);
});

test("a table of many says whose each row is", () => {
  const result = { faces: [], labels: [], text: [], codes: [{ kind: "qr", text: "x" }], moderation: [], colors: [] };
  const table = csvOfAll([{ id: "an_2", name: "a.png", status: "succeeded", result }, { id: "an_1", name: "=b", status: "failed", result: null }]);
  assert.deepEqual(table.split("\r\n").slice(1), ["an_2,a.png,succeeded,qr,x,,,,,", "an_1,'=b,failed,,,,,,,", ""]);
});

test("of an address only filters that make sense are taken", () => {
  const given = new URLSearchParams("q=+dog+&status=failed&face_count=1..&has_code=true&from=2026-11-28&page=2&constructor=x");
  assert.deepEqual(filtersOf(given), { q: "dog", status: "failed", face_count: "1..", has_code: "true", from: "2026-11-28" });
  assert.deepEqual(filtersOf(new URLSearchParams("q=&status=lost&face_count=many&has_code=1&from=2026-13-45&to=then")), {});
});

test("a day lasts from its midnight to the next one, where the reader is", () => {
  const query = new URLSearchParams(queryOf({ label: "a & b", from: "2026-02-28", to: "2026-02-28" }));
  assert.equal(query.get("label"), "a & b");
  assert.equal(query.get("from"), new Date(2026, 1, 28).toISOString());
  assert.equal(query.get("to"), new Date(2026, 2, 1).toISOString());
  assert.equal(queryOf({}), "");
});

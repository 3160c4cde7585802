import assert from "node:assert/strict";
import { test } from "node:test";

import fields from "../fields.mjs";
import freshness from "../freshness.mjs";

const NOW = Date.UTC(2026, 10, 28, 12) / 1000;
const at = (seconds) => new Date((NOW + seconds) * 1000).toUTCString();
const LIMITS = { min: 0, default: 0, max: 31536000 };
const answer = (given) => ({
  status: 200, cacheControl: "", targeted: "", expires: "", date: at(0), age: "", hasVaryStar: false, carriesCookie: false, ...given,
});
const ruling = (given, limits = {}) => freshness.of(answer(given), { ...LIMITS, ...limits }, NOW);
const fresh = (given, limits) => { const { store, fresh: left } = ruling(given, limits); return store ? left : null; };

test("a lifetime is what the origin says, less the age that an answer has already", () => {
  assert.equal(fresh({ cacheControl: "max-age=60" }), 60);
  assert.equal(fresh({ cacheControl: "MAX-AGE=\"60\"" }), 60);
  assert.equal(fresh({ cacheControl: "max-age=60, s-maxage=10" }), 10);
  assert.equal(fresh({ cacheControl: "s-maxage=100", age: "30" }), 70);
  assert.equal(fresh({ cacheControl: "max-age=60", date: at(-50) }), 10);
  assert.equal(fresh({ cacheControl: "max-age=60", date: at(-50), age: "55" }), 5);
  assert.equal(fresh({ cacheControl: "max-age=60", date: at(100) }), 60); // a clock that goes fast makes nothing younger
  assert.equal(fresh({ expires: at(30) }), 30);
  assert.equal(fresh({ expires: at(30), cacheControl: "max-age=60" }), 60);
  assert.equal(fresh({ cacheControl: "max-age=99999999999999999999" }), 31536000);
});

test("what another cache has had for longer than its life is old since then", () => {
  assert.equal(ruling({ cacheControl: "max-age=60", age: "90" }).end, NOW - 30);
  assert.equal(ruling({ cacheControl: "max-age=60", age: "99999999999999" }).end, 1);
  assert.equal(ruling({ cacheControl: "max-age=0" }).end, 1);
});

test("what cannot be read is not fresh", () => {
  for (const cacheControl of ["max-age=-1", "max-age=1.5", "max-age=abc", "max-age", "max-age='60'"]) {
    assert.ok((fresh({ cacheControl }) ?? 0) <= 0, cacheControl);
  }
  for (const expires of ["0", "soon", "Sat, 28 Nov 2026 13:00:00 UTC"]) assert.equal(fresh({ expires }), 0, expires);
  for (const age of ["abc", "-1", "7.0", "0, 0", "7200;x=1"]) assert.ok(/** @type {number} */ (fresh({ cacheControl: "max-age=3600", age })) <= 0, age);
});

test("what must not be stored is not", () => {
  for (const cacheControl of ["no-store, max-age=60", "private, max-age=60", "private=\"Set-Cookie\", max-age=60", "NO-STORE"]) {
    assert.equal(fresh({ cacheControl }), null, cacheControl);
  }
  const good = { cacheControl: "max-age=60" };
  assert.equal(fresh({ ...good, status: 206 }), null);
  assert.equal(fresh({ ...good, hasVaryStar: true }), null);
  assert.equal(fresh({ ...good, carriesCookie: true }), null);
  assert.equal(fresh({}), null); // nothing is guessed
  assert.equal(fresh({ ...good, status: 599 }), 60);
});

test("an answer that has to be understood is stored where its status is", () => {
  const cacheControl = "must-understand, no-store, max-age=60";
  assert.equal(fresh({ cacheControl }), 60);
  assert.equal(fresh({ cacheControl, status: 599 }), null);
});

test("what has to be validated each time is stored, and never fresh", () => {
  assert.equal(fresh({ cacheControl: "no-cache, max-age=60" }), 0);
  assert.equal(fresh({ cacheControl: "max-age=0" }), 0);
});

test("a field for caches like this one comes before the others, if it can be read", () => {
  assert.equal(fresh({ targeted: "max-age=10", cacheControl: "no-store", expires: at(60) }), 10);
  assert.equal(fresh({ targeted: "no-store", cacheControl: "max-age=60" }), null);
  assert.equal(fresh({ targeted: "max-age=10; x=1, must-revalidate", cacheControl: "max-age=60" }), 10);
  for (const targeted of ["", "max-age=10,", "MAX-AGE=10", "max-age=10, ,x", "@"]) {
    assert.equal(fresh({ targeted, cacheControl: "max-age=60" }), 60, targeted);
  }
});

test("what an origin forbids to be given stale is not", () => {
  assert.equal(ruling({ cacheControl: "max-age=60" }).mayBeStale, true);
  for (const one of ["must-revalidate", "proxy-revalidate", "s-maxage=60", "no-cache"]) {
    assert.equal(ruling({ cacheControl: `max-age=60, ${one}` }).mayBeStale, false, one);
  }
});

test("a route's limits hold", () => {
  assert.equal(fresh({ cacheControl: "max-age=600" }, { max: 60 }), 60);
  assert.equal(fresh({ cacheControl: "max-age=1" }, { min: 30 }), 30);
  assert.equal(fresh({}, { default: 20 }), 20);
  assert.equal(fresh({ cacheControl: "no-store" }, { default: 20, min: 30 }), null);
});

test("fields are read as they are written", () => {
  assert.deepEqual(fields.members('a, "b, c",d'), ["a", ' "b, c"', "d"]);
  assert.deepEqual(fields.directives('a="x\\"y", b, a=2, =, c=1'), { a: 'x"y', b: true, c: "1" });
  assert.deepEqual(fields.targeted("a, b=?0, c=\"x\", d=1.5"), { a: true, c: '"x"', d: "1.5" });
  assert.equal(fields.date("Sun, 06 Nov 1994 08:49:37 GMT"), 784111777);
  assert.equal(fields.date("Sunday, 06-Nov-94 08:49:37 GMT"), null);
});

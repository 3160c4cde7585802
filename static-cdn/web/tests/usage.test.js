import assert from "node:assert/strict";
import { test } from "node:test";

import { daysOf, monthsSince } from "../src/usage/days.js";

test("a bill has each day of its month, and what ended on it", () => {
  const line = { finished_at: "2026-02-28T23:59:59.9Z", billed_ms: 100, amount: "0.0004" };
  const days = daysOf("2026-02", [line, line, { ...line, finished_at: "2026-02-01T00:00:00Z", billed_ms: 5 }, { ...line, finished_at: "2026-03-01T00:00:00Z" }]);
  assert.equal(days.length, 28);
  assert.deepEqual(days[0], { day: "2026-02-01", analyses: 1, billed_ms: 5, amount: 0.0004 });
  assert.deepEqual(days.at(-1), { day: "2026-02-28", analyses: 2, billed_ms: 200, amount: 0.0008 });
  assert.equal(daysOf("2026-11", []).length, 30);
});

test("months go back to the first one of the account, and a year at the most", () => {
  const now = new Date("2026-01-31T23:30:00Z");
  assert.deepEqual(monthsSince("2025-11-30T00:00:00Z", now), ["2026-01", "2025-12", "2025-11"]);
  assert.equal(monthsSince("2019-01-01T00:00:00Z", now).length, 12);
  assert.deepEqual(monthsSince("2026-02-01T00:00:00Z", now), ["2026-01"], "a clock that is behind");
});

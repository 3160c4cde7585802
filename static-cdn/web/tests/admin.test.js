import assert from "node:assert/strict";
import { test } from "node:test";

import { changesOf } from "../src/admin/function-panel.js";

test("of the function's settings only those are sent that an admin has changed", () => {
  const before = { memory_mb: 512, timeout_s: 30, max_attempts: 3, max_event_age_s: 21600, reserved_concurrency: 2 };
  const given = { memory_mb: "512", timeout_s: "45", max_attempts: "3", max_event_age_s: "21600", reserved_concurrency: "" };
  assert.deepEqual(changesOf(before, (name) => given[/** @type {keyof typeof given} */ (name)]), { timeout_s: 45, reserved_concurrency: null });
});

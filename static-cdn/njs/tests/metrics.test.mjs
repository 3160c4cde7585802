import assert from "node:assert/strict";
import { test } from "node:test";

import metrics from "../metrics.mjs";

const INSIDE = "unix:/run/sightline/policy.sock";

test("answers are counted by where they came from, and bytes that the origin did not send", () => {
  assert.deepEqual(metrics.added([
    `c|200|MISS|${INSIDE}|100|200`,
    "c|200|HIT|-|100|-",
    "c|206|HIT|-|20|-",
    `c|304|REVALIDATED|${INSIDE}|30|304`,
    "c|200|-|-|5000|-",
    "c|404|-|-|300|-",
    "c|201|-|10.0.0.1:8000|70|201",
    "c|200|NEWS|-|1|-",
    "",
  ]), {
    "requests|2xx|miss": 1, "requests|2xx|hit": 2, "requests|3xx|revalidated": 1, "requests|2xx|file": 1,
    "requests|4xx|none": 1, "requests|2xx|pass": 1, "requests|2xx|other": 1,
    "sent|miss": 100, "sent|hit": 120, "sent|revalidated": 30, "sent|file": 5000, "sent|none": 300, "sent|pass": 70, "sent|other": 1,
    saved: 150, "origin|2xx": 1,
  });
});

test("each try of a server is a request to the origin", () => {
  assert.deepEqual(metrics.added([
    "o|||10.0.0.1:80||200",
    "o|||10.0.0.1:80, [fd00::1]:80||502, 304",
    "o|||-||-",
    "o|||10.0.0.1:80 : 10.0.0.2:80||-",
  ]), { "origin|2xx": 1, "origin|5xx": 1, "origin|3xx": 1, "origin|none": 1 });
});

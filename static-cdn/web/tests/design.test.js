import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { COLOURS, SIZES, SPACES } from "../src/showcase/values.js";

test("the page of the design shows each colour, size and space that there is", () => {
  const tokens = readFileSync(new URL("../src/design/tokens.css", import.meta.url), "utf8");
  const names = [...tokens.matchAll(/^ {2}(--[\w-]+):/gm)].map(([, name]) => name ?? "");
  const others = ["--radius", "--radius-large", "--font", "--font-code", "--measure", "--quick"];
  assert.deepEqual([...COLOURS, ...SIZES, ...SPACES, ...others].sort(), names.sort());
});

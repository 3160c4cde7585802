import assert from "node:assert/strict";
import { test } from "node:test";

globalThis.location = /** @type {any} */ ({ href: "http://here.test/" });
const { within } = await import("../src/shell/router.js");

test("a sign-in leads to a path of this app and nowhere else", () => {
  assert.equal(within("/analyses/an_1?x=y"), "/analyses/an_1?x=y");
  for (const elsewhere of [null, "", "https://evil.test/", "//evil.test/", "/\\evil.test", "javascript:alert(1)"]) {
    assert.equal(within(elsewhere), "/", String(elsewhere));
  }
});

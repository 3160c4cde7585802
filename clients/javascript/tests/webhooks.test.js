import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { test } from "node:test";

import { InvalidSignature, verify } from "../src/index.js";

const SECRET = `whsec_${Buffer.from("a secret of twenty-four.").toString("base64")}`;
const NOW = 1_764_320_000_000;
const BODY = JSON.stringify({ type: "analysis.completed", id: "msg_1", data: { id: "an_1", "größe": 1 } });

/** @param {number} seconds */
const headersAt = (seconds, secret = SECRET, body = BODY) => {
  const key = Buffer.from(secret.slice("whsec_".length), "base64");
  const signature = createHmac("sha256", key).update(`msg_1.${seconds}.${body}`).digest("base64");
  return { "Webhook-Id": "msg_1", "webhook-timestamp": String(seconds), "webhook-signature": `v1,bm8= v1,${signature}` };
};

test("a message that is signed with the secret is given, as text and as bytes", async () => {
  const headers = headersAt(NOW / 1000);
  assert.deepEqual(await verify(SECRET, headers, BODY, { now: NOW }), JSON.parse(BODY));
  assert.deepEqual(await verify(SECRET, new Headers(headers), new TextEncoder().encode(BODY), { now: NOW }), JSON.parse(BODY));
});

test("another secret, another body and another time are refused", async () => {
  const other = `whsec_${Buffer.from("another one").toString("base64")}`;
  await assert.rejects(verify(other, headersAt(NOW / 1000), BODY, { now: NOW }), InvalidSignature);
  await assert.rejects(verify(SECRET, headersAt(NOW / 1000), `${BODY} `, { now: NOW }), InvalidSignature);
  await assert.rejects(verify(SECRET, headersAt(NOW / 1000 - 301), BODY, { now: NOW }), InvalidSignature);
  await assert.rejects(verify(SECRET, {}, BODY, { now: NOW }), InvalidSignature);
  for (const signature of ["", "v1,", "v1,###", "v1,a"]) {
    await assert.rejects(verify(SECRET, { ...headersAt(NOW / 1000), "webhook-signature": signature }, BODY, { now: NOW }), InvalidSignature);
  }
});

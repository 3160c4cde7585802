import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { test } from "node:test";

import { RECEIVERS } from "../src/webhooks/receivers.js";

const KEY = Buffer.from("a secret of this test");
const BODY = Buffer.from('{"type": "analysis.completed"}');

/** @param {number} time seconds since the epoch */
function headersAt(time) {
  const signature = createHmac("sha256", KEY).update(`msg_1.${time}.${BODY}`).digest("base64");
  return { "webhook-id": "msg_1", "webhook-timestamp": String(time), "webhook-signature": `v1,AAAA v1,${signature}` };
}

test("the receiver that is shown believes what is signed and young, and nothing else", async () => {
  process.env.SIGHTLINE_WEBHOOK_SECRET = `whsec_${KEY.toString("base64")}`;
  const program = RECEIVERS.find(({ name }) => name === "JavaScript")?.text ?? "";
  const { isGenuine } = await import(`data:text/javascript,${encodeURIComponent(program)}`);
  const now = Math.floor(Date.now() / 1000);
  assert.equal(isGenuine(headersAt(now), BODY), true);
  assert.equal(isGenuine(headersAt(now), Buffer.from("{}")), false);
  assert.equal(isGenuine(headersAt(now - 301), BODY), false);
});

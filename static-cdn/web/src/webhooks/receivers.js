// Programs that check a message before they believe it. Source: Standard Webhooks 1.0.0, "Verifying signatures".

const PYTHON = `import base64
import hashlib
import hmac
import os
import time

SECRET = base64.b64decode(os.environ["SIGHTLINE_WEBHOOK_SECRET"].removeprefix("whsec_"))


def is_genuine(headers, body):
    """\`body\`: the bytes as they came, before anything parses them."""
    sent = headers["webhook-timestamp"]
    signed = b".".join([headers["webhook-id"].encode(), sent.encode(), body])
    wanted = b"v1," + base64.b64encode(hmac.digest(SECRET, signed, hashlib.sha256))
    given = headers["webhook-signature"].encode().split()
    young = abs(time.time() - int(sent)) < 300
    return young and any(hmac.compare_digest(one, wanted) for one in given)
`;
const JAVASCRIPT = `import { createHmac, timingSafeEqual } from "node:crypto";

const secret = Buffer.from(process.env.SIGHTLINE_WEBHOOK_SECRET.replace("whsec_", ""), "base64");

export function isGenuine(headers, body) { // body: the bytes as they came, before anything parses them
  const sent = headers["webhook-timestamp"];
  const signed = Buffer.concat([Buffer.from(\`\${headers["webhook-id"]}.\${sent}.\`), body]);
  const wanted = Buffer.from("v1," + createHmac("sha256", secret).update(signed).digest("base64"));
  const young = Math.abs(Date.now() / 1000 - Number(sent)) < 300;
  return young && headers["webhook-signature"].split(" ").some((given) => {
    const one = Buffer.from(given);
    return one.length === wanted.length && timingSafeEqual(one, wanted);
  });
}
`;

const CLIENT = `import os

from sightline import webhooks


def message_of(headers, body):
    """\`body\`: the bytes as they came. Raises InvalidSignature."""
    return webhooks.verify(os.environ["SIGHTLINE_WEBHOOK_SECRET"], headers, body)
`;

export const RECEIVERS = [
  { name: "Python", text: PYTHON },
  { name: "JavaScript", text: JAVASCRIPT },
  { name: "sightline (Python)", text: CLIENT },
];

// What people do first, by the client of clients/javascript, installed from its packed file.
// node javascript_journey.js BASE_URL PICTURE PICTURE_ADDRESS prints "done".
import { openAsBlob } from "node:fs";
import { readFile } from "node:fs/promises";
import { Client, InvalidRequest, NotFound } from "sightline";

const PASSWORD = "correct horse";

/** @type {(holds: unknown, what: string) => asserts holds} */
function check(holds, what) {
  if (!holds) throw new Error(`not as it should be: ${what}`);
}

/** @param {string} baseUrl */
async function signedIn(baseUrl) {
  const client = new Client({ baseUrl });
  const email = `${crypto.randomUUID()}@example.test`;
  const user = await client.signUp(email, PASSWORD);
  await client.signIn(email, PASSWORD);
  check((await client.me()).id === user.id, "who is signed in");
  client.useToken("too old");
  const both = await Promise.all([client.me(), client.usage()]);
  check(both[0].email === email && both[1].totals.analyses === 0, "a token that both callers renew");
  return client;
}

/** @param {Client} client @param {string} picture @param {string} address */
async function analysed(client, picture, address) {
  const found = await client.analyze(await openAsBlob(picture), { operations: ["faces", "hash"], metadata: { of: "a journey" } });
  check(found.faces.length === 1, "a face of a file");
  /** @type {number[]} */
  const shares = [];
  const content = new Uint8Array([...await readFile(picture), ...new Uint8Array(5 << 20)]);
  const large = await client.analyze(content, { operations: ["hash"] }, { onProgress: (share) => shares.push(share) });
  check(large.hash?.phash === found.hash?.phash && shares.at(-1) === 1, "a file that went straight into the store");
  const states = [];
  const { id } = await client.submit(address, { operations: ["colors"] });
  for await (const { status } of client.states(id)) states.push(status);
  check(states.at(-1) === "succeeded", "a stream to its end");
  check((await client.result(id)).colors.length > 0, "a result");
  check((await client.preview(id)).type === "image/jpeg", "a preview");
  check((await client.retry(id)).retry_of === id, "a retry");
  return id;
}

/** @param {Client} client @param {string} picture */
async function batched(client, picture) {
  const upload_id = await client.upload(await openAsBlob(picture, { type: "image/png" }));
  const { id } = await client.submitBatch([{ upload_id }, { image_url: "ftp://no" }]);
  /** @type {unknown[]} */
  const seen = [];
  const { counts } = await client.waitBatch(id, { onProgress: (batch) => seen.push(batch.counts) });
  check(counts["succeeded"] === 1 && counts["rejected"] === 1 && seen.at(-1) === counts, "a batch of mixed success");
}

/** @param {Client} client @param {string} id @param {string} address */
async function listed(client, id, address) {
  const seen = [];
  for await (const analysis of client.analyses({ limit: 2 })) seen.push(analysis.id);
  check(seen.length === 5 && seen.includes(id), "pages");
  check((await client.page({ status: "failed" })).items.length === 0, "a filter");
  await client.delete(id);
  check(await client.get(id).catch((error) => error) instanceof NotFound, "what was deleted");
  const wrong = await client.submit(address, { operations: [/** @type {any} */ ("nonsense")] }).catch((error) => error);
  check(wrong instanceof InvalidRequest && wrong.errors[0]?.pointer === "/operations/0", "where a request is wrong");
  const { key } = await client.makeApiKey("journey", ["analyses:read"]);
  check(key.startsWith("slk_"), "a key");
}

/** @param {string[]} given */
async function main([baseUrl = "", picture = "", address = ""]) {
  const client = await signedIn(baseUrl);
  const id = await analysed(client, picture, address);
  await batched(client, picture);
  await listed(client, id, address);
  await client.signOut();
  console.log("done");
}

await main(process.argv.slice(2));

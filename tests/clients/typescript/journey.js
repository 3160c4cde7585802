// What people do first, by openapi-fetch with the types that openapi-typescript has made of the contract.
// node journey.js BASE_URL PICTURE PICTURE_ADDRESS prints "done".
import { readFile } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import createClient from "openapi-fetch";

/** @typedef {import("./api.js").paths} Paths */

const END_MS = 60_000;
const password = "correct horse";

/** @type {(holds: unknown, what: string) => asserts holds} */
function check(holds, what) {
  if (!holds) throw new Error(`not as it should be: ${what}`);
}

/** @param {string} baseUrl */
async function signedIn(baseUrl) {
  /** @type {import("openapi-fetch").Client<Paths>} */
  const client = createClient({ baseUrl });
  const email = `${crypto.randomUUID()}@example.test`;
  const made = await client.POST("/v1/users", { body: { email, password } });
  check(made.data?.email === email, "an account");
  const form = await client.POST("/v1/oauth/token", {
    body: { grant_type: "password", username: email, password },
    headers: { "Content-Type": "application/x-www-form-urlencoded" },
  });
  check(form.data, "tokens");
  const { access_token } = form.data;
  client.use({
    onRequest({ request }) {
      request.headers.set("Authorization", `Bearer ${access_token}`);
      return request;
    },
  });
  return client;
}

/**
 * @param {import("openapi-fetch").Client<Paths>} client
 * @param {{ id: string } | undefined} accepted
 */
async function ended(client, accepted) {
  check(accepted, "a submission");
  const path = { analysis_id: accepted.id };
  const { data } = await client.GET("/v1/analyses/{analysis_id}", { params: { path, query: { wait: 30 } } });
  check(data?.status === "succeeded", `an end: ${JSON.stringify(data)}`);
  return data;
}

/**
 * @param {import("openapi-fetch").Client<Paths>} client
 * @param {string} baseUrl
 * @param {Uint8Array<ArrayBuffer>} content
 */
async function uploaded(client, baseUrl, content) {
  const body = { content_type: "image/png", size: content.length };
  const { data } = await client.POST("/v1/uploads", { body });
  check(data, "an address for an upload");
  const put = await fetch(new URL(data.url, baseUrl), { method: data.method, headers: data.headers, body: content });
  check(put.ok, "an upload");
  return data.upload_id;
}

/**
 * @param {import("openapi-fetch").Client<Paths>} client
 * @param {string} id
 */
async function streamed(client, id) {
  const { data } = await client.GET("/v1/analyses/{analysis_id}/events", {
    params: { path: { analysis_id: id } },
    parseAs: "text",
  });
  check(data?.includes('"status":"succeeded"') || data?.includes('"status": "succeeded"'), "a stream to its end");
}

/** @param {string[]} given */
async function main([baseUrl = "", picture = "", image_url = ""]) {
  const client = await signedIn(baseUrl);
  const content = new Uint8Array(await readFile(picture));

  const file = new FormData();
  file.append("image", new Blob([content], { type: "image/png" }), "photo.png");
  file.append("operations", "faces");
  const byFile = await client.POST("/v1/analyses", {
    body: /** @type {never} */ ({}),
    bodySerializer: () => file,
  });
  const first = await ended(client, byFile.data);
  const face = first.result?.faces[0];
  check(face && face.box.left > 0 && face.box.left < 1, "a face");
  check(first.summary?.faces === 1, "a summary");
  await streamed(client, first.id);

  await ended(client, (await client.POST("/v1/analyses", { body: { image_url } })).data);
  const upload_id = await uploaded(client, baseUrl, content);
  await ended(client, (await client.POST("/v1/analyses", { body: { upload_id } })).data);

  const items = [{ image_url }, { image_url: "ftp://no" }];
  let { data: batch } = await client.POST("/v1/batches", { body: { items } });
  for (const end = Date.now() + END_MS; batch?.counts["queued"] || batch?.counts["running"]; ) {
    check(Date.now() < end, "the end of a batch");
    await pause(200); // between two looks
    const params = { path: { batch_id: batch.id } };
    ({ data: batch } = await client.GET("/v1/batches/{batch_id}", { params }));
  }
  check(batch?.counts["succeeded"] === 1 && batch.counts["rejected"] === 1, "a batch of mixed success");

  const page = await client.GET("/v1/analyses", { params: { query: { limit: 3 } } });
  check(page.data?.items.length === 3 && page.data.next_cursor, "a page");
  const none = await client.GET("/v1/analyses", { params: { query: { status: "failed" } } });
  check(none.data?.items.length === 0, "a filter");
  const path = { analysis_id: first.id };
  await client.DELETE("/v1/analyses/{analysis_id}", { params: { path } });
  const gone = await client.GET("/v1/analyses/{analysis_id}", { params: { path } });
  check(gone.error?.type === "/problems/not-found", "what was deleted");
  console.log("done");
}

await main(process.argv.slice(2));

// What people do first, by the client that OpenAPI Generator's typescript-fetch has made of the contract.
// node built/journey.js BASE_URL PICTURE PICTURE_ADDRESS prints "done".
import { readFile } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import { AccountApi, AnalysesApi, BatchesApi, Configuration, EventsApi, ResponseError } from "./client";
import type { Analysis } from "./client";

const END_MS = 60_000;
const password = "correct horse";

function check(holds: unknown, what: string): asserts holds {
  if (!holds) throw new Error(`not as it should be: ${what}`);
}

async function signedIn(basePath: string): Promise<Configuration> {
  const account = new AccountApi(new Configuration({ basePath }));
  const email = `${crypto.randomUUID()}@example.test`;
  const made = await account.signUp({ signUp: { email, password } });
  check(made.email === email, "an account");
  const tokens = await account.token({ grantType: "password", username: email, password });
  return new Configuration({ basePath, accessToken: tokens.accessToken });
}

async function ended(analyses: AnalysesApi, accepted: Analysis): Promise<Analysis> {
  const analysis = await analyses.getAnalysis({ analysisId: accepted.id, wait: 30 });
  check(analysis.status === "succeeded", `an end: ${JSON.stringify(analysis)}`);
  return analysis;
}

async function uploaded(analyses: AnalysesApi, basePath: string, content: Uint8Array<ArrayBuffer>): Promise<string> {
  const uploadRequest = { contentType: "image/png" as const, size: content.length };
  const { uploadId, url, method, headers } = await analyses.presignUpload({ uploadRequest });
  const put = await fetch(new URL(url, basePath), { method, headers, body: content });
  check(put.ok, "an upload");
  return uploadId;
}

async function batched(batches: BatchesApi, imageUrl: string): Promise<void> {
  const items = [{ imageUrl }, { imageUrl: "ftp://no" }];
  let batch = await batches.submitBatch({ batchSubmission: { items } });
  for (const end = Date.now() + END_MS; batch.counts["queued"] || batch.counts["running"]; ) {
    check(Date.now() < end, "the end of a batch");
    await pause(200); // between two looks
    batch = await batches.getBatch({ batchId: batch.id });
  }
  check(batch.counts["succeeded"] === 1 && batch.counts["rejected"] === 1, "a batch of mixed success");
}

async function deleted(analyses: AnalysesApi, analysisId: string): Promise<void> {
  await analyses.deleteAnalysis({ analysisId });
  const refused = await analyses.getAnalysis({ analysisId }).catch((error: unknown) => error);
  check(refused instanceof ResponseError, "a refusal");
  const { type } = (await refused.response.json()) as { type: string };
  check(type === "/problems/not-found", "what was deleted");
}

async function main([basePath = "", picture = "", imageUrl = ""]: string[]): Promise<void> {
  const configuration = await signedIn(basePath);
  const analyses = new AnalysesApi(configuration);
  const content = new Uint8Array(await readFile(picture));

  const uploadId = await uploaded(analyses, basePath, content);
  const operations = ["faces" as const];
  const first = await ended(analyses, await analyses.submit({ submitRequest: { uploadId, operations } }));
  const face = first.result?.faces[0];
  check(face && face.box.left > 0 && face.box.left < 1, "a face");
  check(first.summary?.faces === 1, "a summary");
  const told = await new EventsApi(configuration).analysisEvents({ analysisId: first.id });
  check(/"status": ?"succeeded"/.test(told ?? ""), "a stream to its end");

  await ended(analyses, await analyses.submit({ submitRequest: { imageUrl } }));
  await batched(new BatchesApi(configuration), imageUrl);

  const page = await analyses.listAnalyses({ limit: 2 });
  check(page.items.length === 2 && page.nextCursor, "a page");
  const none = await analyses.listAnalyses({ status: "failed" });
  check(none.items.length === 0, "a filter");
  await deleted(analyses, first.id);
  console.log("done");
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});

// The public tests of HTTP caches (BSD-3-Clause) against a cache in front of their own origin.
// node run.mjs CACHE_URL prints a JSON object: of each test what is wrong, null where nothing is, and whether it is required.
import fetch from "node-fetch";
import { getResults, runTests } from "http-cache-tests/client/runner.mjs";
import suites from "http-cache-tests/tests/index.mjs";

await runTests(suites, fetch, false, process.argv[2]);
const results = getResults();
const found = {};
for (const { tests } of suites) {
  for (const { id, kind = "required", browser_only: inBrowsers } of tests) {
    if (!inBrowsers) found[id] = { required: kind === "required", wrong: results[id] === true ? null : String(results[id]) };
  }
}
console.log(JSON.stringify(found));
process.exit(0); // it keeps its connections open

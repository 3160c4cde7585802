import assert from "node:assert/strict";
import { test } from "node:test";

import { found, groupsOf } from "../src/reference/operations.js";
import { callOf, curlOf } from "../src/reference/requests.js";
import { exampleOf, rowsOf, typeOf, waysOf } from "../src/reference/schemas.js";

const schemas = {
  Box: { type: "object", properties: { left: { type: "number", minimum: 0, maximum: 1 } }, required: ["left"] },
  Face: { type: "object", description: "A face.", properties: { box: { $ref: "#/components/schemas/Box" }, near: { anyOf: [{ $ref: "#/components/schemas/Face" }, { type: "null" }] } }, required: ["box"] },
  ByAddress: { type: "object", properties: { image_url: { type: "string", maxLength: 20 }, operations: { type: "array", items: { type: "string", enum: ["faces", "text"] }, default: ["faces"] } }, required: ["image_url"], examples: [{ image_url: "https://a.test/it's.png" }] },
  File: { type: "object", properties: { image: { type: "string", format: "binary" }, engine: { const: "local" } }, required: ["image", "engine"] },
};
const wrong = { description: "`/problems/not-found`: Nothing.", "x-problem-types": ["/problems/not-found"] };
const DOCUMENT = {
  components: { schemas, examples: { "not-found": { value: { title: "There is nothing here" } } } },
  paths: {
    "/v1/old": { get: { operationId: "old", tags: ["others"], summary: "Old", deprecated: true, "x-deprecation": { since: "2027-01-01", sunset: "2027-07-01", instead: "/v1/new" }, responses: {} } },
    "/v1/faces/{id}": { post: {
      operationId: "add", tags: ["analyses"], summary: "Add a face", security: [{ apiKey: [] }],
      parameters: [{ name: "id", in: "path", required: true, schema: { type: "string" } }, { name: "wait", in: "query", description: "Seconds.", schema: { type: "integer" } }, { name: "Idempotency-Key", in: "header", schema: { anyOf: [{ type: "string" }, { type: "null" }] } }],
      requestBody: { content: { "application/json": { schema: { oneOf: [{ $ref: "#/components/schemas/ByAddress" }, { $ref: "#/components/schemas/Face" }] } }, "multipart/form-data": { schema: { $ref: "#/components/schemas/File" } } } },
      responses: { 200: { description: "Successful Response", content: { "application/json": { schema: { type: "array", items: { $ref: "#/components/schemas/Face" } } } } }, 404: wrong },
    } },
  },
};
const groups = groupsOf(DOCUMENT);
const [add, old] = groups.flatMap(({ operations }) => operations);
if (!add || !old) throw new Error("no operations");

test("operations stand in groups, with what they take, answer and refuse", () => {
  assert.deepEqual(groups.map(({ name }) => name), ["analyses", "others"]);
  assert.deepEqual(add.parameters.map(({ name, place, type, required }) => [name, place, type, required]),
    [["id", "path", "string", true], ["wait", "query", "integer", false], ["Idempotency-Key", "header", "string or null", false]]);
  assert.deepEqual(add.answers.map(({ status, description, contents }) => [status, description, contents[0]?.example]), [["200", "", [{ box: { left: 0 } }]]]);
  assert.deepEqual(add.errors, [{ status: "404", slug: "not-found", title: "There is nothing here" }]);
  assert.deepEqual([add.signedIn, old.signedIn, old.deprecation?.sunset], [true, false, "2027-07-01"]);
});

test("a shape is told to its ground, and one that holds itself has an end", () => {
  const [box, near] = rowsOf(schemas.Face, DOCUMENT);
  assert.deepEqual([box?.type, box?.rows.map(({ name, limits }) => [name, limits])], ["Box", [["left", ["0 to 1"]]]]);
  assert.equal(near?.type, "Face or null");
  assert.ok(JSON.stringify(near).length < 10_000);
  const [, operations] = rowsOf(schemas.ByAddress, DOCUMENT);
  assert.deepEqual([operations?.type, operations?.values, operations?.limits], ["array of string", ["faces", "text"], ['default ["faces"]']]);
  const either = { type: "array", items: { oneOf: [{ $ref: "#/components/schemas/Box" }, { $ref: "#/components/schemas/ByAddress" }] } };
  assert.deepEqual(rowsOf(either, DOCUMENT).map(({ name, rows }) => [name, rows[0]?.name]), [["Box", "left"], ["ByAddress", "image_url"]]);
  assert.equal(typeOf({ type: "string", format: "binary" }, DOCUMENT), "file");
});

test("each way of a body is told by its name, and its example is the contract's", () => {
  const [json, form] = add.bodies;
  assert.deepEqual(waysOf(json?.schema, DOCUMENT).map(({ name }) => name), ["ByAddress", "Face"]);
  assert.deepEqual(json?.example, { image_url: "https://a.test/it's.png" });
  assert.deepEqual(form?.example, { engine: "local" });
  assert.deepEqual(exampleOf(schemas.Face, DOCUMENT), { box: { left: 0 } });
});

test("an operation is found by words, wherever they stand", () => {
  assert.deepEqual(found(groups, "FACE post").map(({ operations }) => operations.map(({ id }) => id)), [["add"]]);
  assert.deepEqual(found(groups, "idempotency").length, 1);
  assert.deepEqual(found(groups, "face nowhere"), []);
});

test("what was filled in is sent, and is a command that a shell takes", async () => {
  const filled = { values: { id: "a/b", wait: "3", "Idempotency-Key": "" }, type: "application/json", text: '{"image_url": "it\'s"}', file: null };
  const { path, call } = callOf(add, filled);
  assert.deepEqual([path, call], ["/v1/faces/a%2Fb", { method: "POST", query: { wait: "3" }, headers: {}, open: false, json: { image_url: "it's" } }]);
  assert.equal(curlOf(add, filled, "http://a.test"),
    `curl -s 'http://a.test/v1/faces/a%2Fb?wait=3' \\\n  -H "Authorization: Bearer $TOKEN" \\\n  --json '{"image_url":"it'\\''s"}'`);
  const form = callOf(add, { ...filled, type: "multipart/form-data", text: '{"operations": ["faces", "text"], "metadata": {"a": 1}}', file: new File(["x"], "dog.png") }).call.body;
  assert.ok(form instanceof FormData);
  assert.deepEqual([form.getAll("operations"), form.get("metadata"), /** @type {File} */ (form.get("image")).name], [["faces", "text"], '{"a":1}', "dog.png"]);
  assert.throws(() => callOf(add, { ...filled, text: "{" }), SyntaxError);
  assert.equal(curlOf(add, { ...filled, text: "{" }, ""), "");
});

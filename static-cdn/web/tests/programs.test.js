import assert from "node:assert/strict";
import { test } from "node:test";

import { snippetsOf } from "../src/studio/snippets.js";
import { csvOf } from "../src/studio/table.js";

const ORIGIN = "http://here.test";
const BY_ADDRESS = /** @type {const} */ ({ kind: "url", image_url: "http://a.test/it's.png", operations: ["faces", "labels"], engine: "auto", min_confidence: 0.3, metadata: {} });
const FILE = /** @type {const} */ ({ kind: "upload", image_url: null, operations: ["text"], engine: "local", metadata: { file_name: "my photo.jpg" } });

/** @param {any} input */
const texts = (input) => Object.fromEntries(snippetsOf(input, ORIGIN).map(({ name, text }) => [name, text]));

test("a call by address says the same in each language", () => {
  const { curl, Python, JavaScript } = texts(BY_ADDRESS);
  assert.match(curl ?? "", /--json '\{"image_url":"http:\/\/a\.test\/it'\\''s\.png","operations":\["faces","labels"\],"min_confidence":0\.3\}'/);
  assert.match(Python ?? "", /json=\{"image_url": "http:\/\/a\.test\/it's\.png", "operations": \["faces", "labels"\], "min_confidence": 0\.3\}/);
  assert.match(JavaScript ?? "", /body: JSON\.stringify\(\{"image_url"/);
  for (const text of Object.values(texts(BY_ADDRESS))) assert.ok(!text.includes("engine"), "auto is not said");
});

test("what stands in an address stays as it is", () => {
  const { Python, JavaScript } = texts({ ...BY_ADDRESS, image_url: "http://127.0.0.1:8080/a,[1].png" });
  for (const text of [Python, JavaScript]) assert.ok(text?.includes('"image_url": "http://127.0.0.1:8080/a,[1].png"'), text);
});

test("a file is sent as a form by its own name", () => {
  const { curl, Python, JavaScript, "sightline (Python)": client } = texts(FILE);
  assert.match(client ?? "", /client\.analyze\("my photo\.jpg", operations=\["text"\], engine="local"\)/);
  assert.match(curl ?? "", /-F 'image=@my photo\.jpg' \\\n {2}-F operations=text \\\n {2}-F engine=local$/);
  assert.match(Python ?? "", /files=\{"image": open\("my photo\.jpg", "rb"\)\},\n {4}data=\{"operations": \["text"\], "engine": "local"\}/);
  assert.match(JavaScript ?? "", /form\.append\("engine", "local"\);/);
});

test("a table has a row for each thing, and no text of a stranger becomes a formula", () => {
  const box = { left: 0.1, top: 0.2, width: 0.3, height: 0.4 };
  const result = {
    faces: [{ box, confidence: 0.9 }], labels: [{ name: "cup", confidence: 0.8, instances: [{ box, confidence: 0.8 }] }, { name: "dark", confidence: 0.6, instances: [] }],
    text: [{ text: '=1+1, "two"', confidence: 0.7, box }], codes: [{ kind: "qr", text: "x" }], moderation: [], colors: [{ hex: "#fff", fraction: 0.5 }],
  };
  assert.deepEqual(csvOf(result).split("\r\n"), [
    "kind,name,confidence,left,top,width,height", "face,,0.9,0.1,0.2,0.3,0.4", "label,cup,0.8,0.1,0.2,0.3,0.4", "label,dark,0.6,,,,",
    'text,"\'=1+1, ""two""",0.7,0.1,0.2,0.3,0.4', "qr,x,,,,,", "color,#fff,0.5,,,,", "",
  ]);
});

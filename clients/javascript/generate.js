// Makes src/api.d.ts, the shapes of the API, out of the gateway's OpenAPI document.
//   node generate.js           writes it
//   node generate.js --check   says whether it is current
//   node generate.js --copy    puts it beside the types that TypeScript has made

import { copyFile, readFile, writeFile } from "node:fs/promises";
import openapiTypescript, { astToString } from "openapi-typescript";

const DOCUMENT = new URL("../../contracts/openapi/gateway.json", import.meta.url);
const TARGET = new URL("src/api.d.ts", import.meta.url);
const FOREIGN = /^(Clarifai|Rekognition)/; // shapes of vendors' APIs, which have clients of their own
const HEAD = "// The shapes of the API, made from its OpenAPI document by generate.js: not to be edited.\n\n";

async function made() {
  const document = JSON.parse(await readFile(DOCUMENT, "utf8"));
  const schemas = Object.fromEntries(Object.entries(document.components.schemas).filter(([name]) => !FOREIGN.test(name)));
  const own = JSON.parse(JSON.stringify({ ...document, paths: {}, components: { schemas } }, shapesAlone));
  const tree = await openapiTypescript(own, { defaultNonNullable: false, silent: true });
  return HEAD + astToString(tree);
}

/** Titles repeat the names, and examples stand in the reference. @param {string} key @param {unknown} value */
function shapesAlone(key, value) {
  const told = (key === "title" && typeof value === "string") || (key === "examples" && Array.isArray(value));
  return told ? undefined : value;
}

switch (process.argv[2]) {
  case "--check":
    if (await readFile(TARGET, "utf8") !== await made()) throw new Error("src/api.d.ts is not made of this contract: npm run generate");
    break;
  case "--copy":
    await copyFile(TARGET, new URL("types/api.d.ts", import.meta.url));
    break;
  default:
    await writeFile(TARGET, await made());
}

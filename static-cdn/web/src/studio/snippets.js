// The same call as a program makes it, in the languages that people use.

/**
 * @typedef {{kind: "url" | "upload", image_url: string | null, operations: string[], engine: string,
 *   min_confidence?: number, metadata: Record<string, unknown>}} Input of an analysis
 * @typedef {{name: string, text: string}} Snippet
 */

/** @param {Input} input @param {string} origin of this system @returns {Snippet[]} */
export const snippetsOf = (input, origin) => [
  { name: "curl", text: curl(input, origin) },
  { name: "Python", text: python(input, origin) },
  { name: "JavaScript", text: javascript(input, origin) },
  { name: "sightline (Python)", text: client(input, origin) },
];

/** @param {Input} input */
const fields = ({ operations, engine, min_confidence }) => ({
  operations, ...(engine === "auto" ? {} : { engine }), ...(min_confidence === undefined ? {} : { min_confidence }),
});

/** @param {Input} input */
const fileName = ({ metadata }) => (typeof metadata.file_name === "string" ? metadata.file_name : "photo.jpg");

/** For a shell, whatever is in it. @param {string} text */
const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;

/** @param {Input} input @param {string} origin */
function curl(input, origin) {
  const call = `curl -s ${origin}/v1/analyses -H "X-API-Key: $SIGHTLINE_KEY" -H 'Prefer: wait=10'`;
  if (input.kind === "url") return `${call} \\\n  --json ${quoted(JSON.stringify({ image_url: input.image_url, ...fields(input) }))}`;
  const { operations, ...others } = fields(input);
  const form = [...operations.map((one) => ["operations", one]), ...Object.entries(others)];
  return [call, `-F ${quoted(`image=@${fileName(input)}`)}`, ...form.map(([name, value]) => `-F ${name}=${value}`)].join(" \\\n  ");
}

/** @param {Input} input @param {string} origin */
function python(input, origin) {
  const given = input.kind === "url"
    ? `json=${literal({ image_url: input.image_url, ...fields(input) })}`
    : `files={"image": open(${JSON.stringify(fileName(input))}, "rb")},\n    data=${literal(fields(input))}`;
  return `import os\n\nimport requests\n\nanalysis = requests.post(\n    "${origin}/v1/analyses",\n`
    + `    headers={"X-API-Key": os.environ["SIGHTLINE_KEY"], "Prefer": "wait=10"},\n    ${given},\n    timeout=60,\n).json()\nprint(analysis["result"])\n`;
}

/** JSON of lists, texts and numbers is Python as well. @param {unknown} value @returns {string} */
function literal(value) {
  if (Array.isArray(value)) return `[${value.map(literal).join(", ")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  return `{${Object.entries(value).map(([name, one]) => `${JSON.stringify(name)}: ${literal(one)}`).join(", ")}}`;
}

/** @param {Input} input @param {string} origin */
function javascript(input, origin) {
  const head = `  method: "POST",\n  headers: { "X-API-Key": process.env.SIGHTLINE_KEY, Prefer: "wait=10"`;
  if (input.kind === "url") {
    return `const response = await fetch("${origin}/v1/analyses", {\n${head}, "Content-Type": "application/json" },\n`
      + `  body: JSON.stringify(${literal({ image_url: input.image_url, ...fields(input) })}),\n});\nconsole.log((await response.json()).result);\n`;
  }
  const { operations, ...others } = fields(input);
  const form = [...operations.map((one) => ["operations", one]), ...Object.entries(others)];
  return `import { openAsBlob } from "node:fs";\n\nconst form = new FormData();\nform.append("image", await openAsBlob(${JSON.stringify(fileName(input))}));\n`
    + form.map(([name, value]) => `form.append("${name}", "${value}");\n`).join("")
    + `const response = await fetch("${origin}/v1/analyses", {\n${head} },\n  body: form,\n});\nconsole.log((await response.json()).result);\n`;
}

/** By the client of clients/python. @param {Input} input @param {string} origin */
function client(input, origin) {
  const given = Object.entries(fields(input)).map(([name, value]) => `, ${name}=${literal(value)}`).join("");
  const image = JSON.stringify(input.kind === "url" ? input.image_url : fileName(input));
  return `import os\n\nfrom sightline import Client\n\nwith Client("${origin}", api_key=os.environ["SIGHTLINE_KEY"]) as client:\n`
    + `    print(client.analyze(${image}${given}))\n`;
}

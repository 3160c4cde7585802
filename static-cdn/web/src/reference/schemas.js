// JSON Schema as the contract has it, told as rows, and as an example.

/** @typedef {Record<string, any>} Schema */

/**
 * @typedef {object} Row
 * @property {string} name
 * @property {string} type
 * @property {boolean} required
 * @property {string} description
 * @property {string[]} limits such as "at most 20"
 * @property {string[]} values that there are, where they are named
 * @property {Row[]} rows of what is in it
 */

const DEEP = 7; // levels that are told; the contract has six

/**
 * What a reference stands for.
 * @param {any} value @param {any} document
 * @returns {any}
 */
export const resolved = (value, document) => (value?.$ref
  ? String(value.$ref).replace("#/", "").split("/").reduce((place, name) => place?.[name], document) ?? {} : value ?? {});

/**
 * The rows of an object's properties, or of what an array holds.
 * @param {Schema} schema @param {any} document @param {number} [depth]
 * @returns {Row[]}
 */
export function rowsOf(schema, document, depth = 0) {
  const { properties, required = [], oneOf } = objectIn(schema, document);
  if (depth > DEEP) return [];
  if (oneOf) return oneOf.map((/** @type {Schema} */ one) => ({ ...rowOf(nameOf(one), one, false, document, depth), type: "" }));
  if (!properties) return [];
  return Object.entries(properties).map(([name, property]) => rowOf(name, property, required.includes(name), document, depth));
}

/** @param {string} name @param {Schema} property @param {boolean} required @param {any} document @param {number} [depth] @returns {Row} */
export function rowOf(name, property, required, document, depth = 0) {
  const whole = resolved(property, document);
  const items = resolved(plain(whole, document).items, document);
  const values = plain(whole, document).enum ?? items.enum ?? [];
  return {
    name, required, type: typeOf(property, document), description: property.description ?? whole.description ?? "",
    limits: limitsOf(whole, document), values: values.map(String), rows: rowsOf(property, document, depth + 1),
  };
}

/** The ways that a schema can be met, by their names. @param {Schema} schema @param {any} document @returns {{name: string, schema: Schema}[]} */
export function waysOf(schema, document) {
  const whole = resolved(schema, document);
  const ways = whole.oneOf ?? [schema];
  return ways.map((/** @type {Schema} */ one) => ({ name: nameOf(one) || resolved(one, document).title || "", schema: one }));
}

/** Without null, which stands beside a type in anyOf. @param {Schema} schema @param {any} document @returns {Schema} */
function plain(schema, document) {
  const whole = resolved(schema, document);
  const others = (whole.anyOf ?? []).filter((/** @type {Schema} */ one) => one.type !== "null");
  return others.length === 1 ? { ...resolved(others[0], document) } : whole;
}

/** @param {Schema} schema @param {any} document @returns {Schema} */
function objectIn(schema, document) {
  const found = plain(schema, document);
  return found.type === "array" ? objectIn(found.items, document) : found;
}

/** @param {Schema} schema */
const nameOf = (schema) => String(schema?.$ref ?? "").split("/").at(-1) ?? "";

/** @param {Schema} schema @param {any} document @returns {string} such as "array of Face" or "string or null" */
export function typeOf(schema, document) {
  const ways = schema.anyOf ?? schema.oneOf;
  if (ways) return ways.map((/** @type {Schema} */ one) => typeOf(one, document)).join(" or ");
  if (schema.$ref) return nameOf(schema);
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.type === "array") return `array of ${typeOf(schema.items ?? {}, document)}`;
  if (schema.format === "binary") return "file";
  return schema.type ?? "any";
}

/** @param {Schema} schema @param {any} document @returns {string[]} */
function limitsOf(schema, document) {
  const { minimum, maximum, minLength, maxLength, minItems, maxItems, pattern } = plain(schema, document);
  return [
    ...range(minimum, maximum, ""), ...range(minLength, maxLength, " characters"), ...range(minItems, maxItems, " items"),
    ...(pattern ? [`pattern ${pattern}`] : []),
    ...(schema.default === undefined || schema.default === null ? [] : [`default ${JSON.stringify(schema.default)}`]),
  ];
}

/** @param {number | undefined} least @param {number | undefined} most @param {string} unit */
function range(least, most, unit) {
  if (least === undefined && most === undefined) return [];
  if (most === undefined) return [`${least}${unit} or more`];
  return [least === undefined ? `${most}${unit} at the most` : `${least} to ${most}${unit}`];
}

/**
 * An example: the contract's own, else one that is made of the required properties.
 * @param {Schema} schema @param {any} document @param {number} [depth]
 * @returns {any}
 */
export function exampleOf(schema, document, depth = 0) {
  const whole = plain(schema, document);
  if (whole.examples?.length) return whole.examples[0];
  if (whole.const !== undefined) return whole.const;
  if (whole.default !== undefined) return whole.default;
  if (whole.enum) return whole.enum[0];
  if (whole.oneOf) return exampleOf(whole.oneOf[0], document, depth + 1);
  if (depth > DEEP) return null;
  if (whole.type === "array") return [exampleOf(whole.items ?? {}, document, depth + 1)];
  if (whole.type !== "object") return { string: "string", integer: whole.minimum ?? 0, number: whole.minimum ?? 0, boolean: false }[String(whole.type)] ?? null;
  const wanted = (whole.required ?? []).filter((/** @type {string} */ name) => resolved(whole.properties?.[name], document).format !== "binary");
  return Object.fromEntries(wanted.map((/** @type {string} */ name) => [name, exampleOf(whole.properties[name], document, depth + 1)]));
}

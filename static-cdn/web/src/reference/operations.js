// The contract's operations, as the reference shows them.

import { exampleOf, resolved, rowOf } from "./schemas.js";

/** @typedef {import("./schemas.js").Row} Row */

/**
 * @typedef {{since: string, sunset: string, instead: string}} Deprecation days as 2027-01-01, and the path to use
 * @typedef {Row & {place: "path" | "query" | "header"}} Parameter
 * @typedef {{type: string, schema: any, example: any}} Content
 * @typedef {{status: string, description: string, contents: Content[]}} Answer
 * @typedef {{status: string, slug: string, title: string}} Wrong
 */

/**
 * @typedef {object} Operation
 * @property {string} id
 * @property {string} method in capitals
 * @property {string} path
 * @property {string} summary
 * @property {string} description
 * @property {boolean} signedIn whether it wants credentials
 * @property {boolean} deprecated
 * @property {Deprecation | null} deprecation
 * @property {Parameter[]} parameters
 * @property {Content[]} bodies
 * @property {Answer[]} answers
 * @property {Wrong[]} errors
 */

/** Groups in the order in which somebody comes to need them; any other comes after them. */
const FIRST = ["analyses", "events", "batches", "account", "operations", "administration", "compatible", "health"];
const FORMS = new Set(["get", "post", "put", "patch", "delete"]);

/**
 * @param {any} document OpenAPI 3.1
 * @returns {{name: string, operations: Operation[]}[]}
 */
export function groupsOf(document) {
  /** @type {Map<string, Operation[]>} */
  const groups = new Map(FIRST.map((name) => [name, []]));
  for (const [path, methods] of Object.entries(document.paths)) {
    for (const [method, operation] of Object.entries(methods).filter(([name]) => FORMS.has(name))) {
      const name = operation.tags?.[0] ?? "others";
      groups.set(name, [...groups.get(name) ?? [], operationOf(path, method, operation, document)]);
    }
  }
  return [...groups].filter(([, operations]) => operations.length > 0).map(([name, operations]) => ({ name, operations }));
}

/** @param {string} path @param {string} method @param {any} operation @param {any} document @returns {Operation} */
function operationOf(path, method, operation, document) {
  const answers = Object.entries(operation.responses ?? {});
  return {
    id: operation.operationId, method: method.toUpperCase(), path, summary: operation.summary ?? operation.operationId,
    description: operation.description ?? "", signedIn: (operation.security ?? []).length > 0,
    deprecated: Boolean(operation.deprecated), deprecation: operation["x-deprecation"] ?? null,
    parameters: (operation.parameters ?? []).map((/** @type {any} */ one) => parameterOf(resolved(one, document), document)),
    bodies: contentsOf(resolved(operation.requestBody, document).content, document),
    answers: answers.filter(([status]) => status < "4").map(([status, answer]) => ({
      status, description: answer.description === "Successful Response" ? "" : answer.description, contents: contentsOf(answer.content, document),
    })),
    errors: answers.flatMap(([status, answer]) => (answer["x-problem-types"] ?? []).map((/** @type {string} */ type) => wrongOf(status, type, document))),
  };
}

/** @param {any} parameter @param {any} document @returns {Parameter} */
function parameterOf(parameter, document) {
  const row = rowOf(parameter.name, parameter.schema ?? {}, Boolean(parameter.required), document);
  return { ...row, description: parameter.description ?? row.description, place: parameter.in };
}

/** @param {any} content @param {any} document @returns {Content[]} */
const contentsOf = (content, document) => Object.entries(content ?? {}).map(([type, { schema = {}, example }]) => ({
  type, schema, example: example ?? (/json|form/.test(type) ? exampleOf(schema, document) : null),
}));

/** @param {string} status @param {string} type @param {any} document @returns {Wrong} */
function wrongOf(status, type, document) {
  const slug = type.replace("/problems/", "");
  return { status, slug, title: document.components?.examples?.[slug]?.value?.title ?? "" };
}

/**
 * The operations that have each word that is sought, in their names, paths or descriptions.
 * @param {{name: string, operations: Operation[]}[]} groups @param {string} sought
 */
export function found(groups, sought) {
  const words = sought.toLowerCase().split(/\s+/).filter(Boolean);
  const has = (/** @type {Operation} */ { summary, method, path, description, parameters }) => {
    const text = [summary, method, path, description, ...parameters.map(({ name }) => name)].join(" ").toLowerCase();
    return words.every((word) => text.includes(word));
  };
  return groups.map(({ name, operations }) => ({ name, operations: operations.filter(has) })).filter(({ operations }) => operations.length > 0);
}

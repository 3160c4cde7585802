// What was found as a table, for a spreadsheet.

import { written } from "../design/csv.js";

const COLUMNS = ["kind", "name", "confidence", "left", "top", "width", "height"];

/** @param {any} result @returns {string} CSV (RFC 4180) */
export const csvOf = (result) => written([COLUMNS, ...rowsOf(result)]);

/**
 * Of many, with the analysis and its picture before each row; one without a result has a row with its state.
 * @param {{id: string, name: string, status: string, result: any}[]} analyses
 * @returns {string} CSV (RFC 4180)
 */
export const csvOfAll = (analyses) => written([["analysis", "picture", "status", ...COLUMNS], ...analyses.flatMap(({ id, name, status, result }) => {
  const rows = result ? rowsOf(result) : [];
  return (rows.length > 0 ? rows : [COLUMNS.map(() => "")]).map((row) => [id, name, status, ...row]);
})]);

/** @param {any} result @returns {(string | number)[][]} */
const rowsOf = (result) => [
  ...result.faces.map((/** @type {any} */ one) => ["face", "", one.confidence, ...place(one.box)]),
  ...result.labels.flatMap(labelRows),
  ...result.text.map((/** @type {any} */ one) => ["text", one.text, one.confidence, ...place(one.box)]),
  ...result.codes.map((/** @type {any} */ one) => [one.kind, one.text ?? "", "", ...place()]),
  ...result.moderation.map((/** @type {any} */ one) => ["moderation", one.name, one.confidence, ...place()]),
  ...result.colors.map((/** @type {any} */ one) => ["color", one.hex, one.fraction, ...place()]),
];

/** @param {any} label */
function labelRows({ name, confidence, instances }) {
  if (instances.length === 0) return [["label", name, confidence, ...place()]];
  return instances.map((/** @type {any} */ one) => ["label", name, one.confidence, ...place(one.box)]);
}

/** @param {any} [box] */
const place = (box) => (box ? [box.left, box.top, box.width, box.height] : ["", "", "", ""]);

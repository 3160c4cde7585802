// What is drawn on a picture: each thing that was found somewhere, by kind.

import { percent, t } from "../words/words.js";

/**
 * @typedef {object} Mark
 * @property {string} key the same as in the lists
 * @property {"face" | "object" | "text" | "code"} kind
 * @property {string} title
 * @property {string} name "" where it needs none
 * @property {{left: number, top: number, width: number, height: number} | null} box fractions of the picture
 * @property {{x: number, y: number}[]} polygon fractions of the picture
 * @property {{x: number, y: number}[]} points a face's landmarks, fractions of the picture
 */

export const KINDS = /** @type {const} */ (["face", "object", "text", "code"]);

/** @param {any} result @returns {Mark[]} */
export function marksOf({ faces, labels, text, codes }) {
  return [...faces.map(face), ...labels.flatMap(objects), ...text.map(line), ...codes.map(code)];
}

/** @param {any} found @param {number} index @returns {Mark} */
const face = ({ box, confidence, landmarks = [] }, index) =>
  ({ key: `face-${index}`, kind: "face", title: sure(t("found.face"), confidence), name: "", box, polygon: [], points: landmarks });

/** @param {any} found @param {number} index @returns {Mark[]} */
const objects = ({ name, instances = [] }, index) => instances.map((/** @type {any} */ { box, confidence }, /** @type {number} */ nth) =>
  ({ key: `label-${index}-${nth}`, kind: "object", title: sure(name, confidence), name, box, polygon: [], points: [] }));

/** @param {any} found @param {number} index @returns {Mark} */
const line = ({ text, polygon }, index) =>
  ({ key: `text-${index}`, kind: "text", title: text, name: "", box: null, polygon, points: [] });

/** @param {any} found @param {number} index @returns {Mark} */
const code = ({ kind, text, polygon }, index) =>
  ({ key: `code-${index}`, kind: "code", title: text ?? kind, name: "", box: null, polygon, points: [] });

/** @param {string} name @param {number} confidence */
const sure = (name, confidence) => t("found.sure", { name, share: percent(confidence) });

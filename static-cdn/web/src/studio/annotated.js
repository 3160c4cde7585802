// The picture with what was found drawn on it, as a file.

import { marksOf } from "./marks.js";

const COLOURS = { face: "#ffd400", object: "#ff9ad8", text: "#3fd4ff", code: "#7dff8a" };
const CASING = "#000c";
const LINES_PER_SIDE = 250; // a line is as wide as this part of the picture

/** @param {Blob} picture @param {any} result @returns {Promise<Blob>} a PNG */
export async function annotated(picture, result) {
  const bitmap = await createImageBitmap(picture);
  const { width, height } = bitmap;
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  const context = canvas.getContext("2d");
  if (!context) throw new Error("this browser draws nothing");
  context.drawImage(bitmap, 0, 0);
  const line = Math.max(2, Math.max(width, height) / LINES_PER_SIDE);
  for (const mark of marksOf(result)) {
    const path = outline(mark, width, height);
    for (const [colour, wide] of /** @type {[string, number][]} */ ([[CASING, 2 * line], [COLOURS[mark.kind], line]])) {
      Object.assign(context, { strokeStyle: colour, lineWidth: wide, lineJoin: "round" });
      context.stroke(path);
    }
    if (mark.name && mark.box) name(context, mark.name, mark.box.left * width, mark.box.top * height, 6 * line, COLOURS[mark.kind]);
  }
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("this browser writes no PNG"))), "image/png");
  });
}

/** @param {import("./marks.js").Mark} mark @param {number} width @param {number} height */
function outline({ box, polygon }, width, height) {
  const path = new Path2D();
  if (box) path.rect(box.left * width, box.top * height, box.width * width, box.height * height);
  polygon.forEach(({ x, y }, index) => (index === 0 ? path.moveTo(x * width, y * height) : path.lineTo(x * width, y * height)));
  if (polygon.length > 0) path.closePath();
  return path;
}

/**
 * @param {CanvasRenderingContext2D} context @param {string} text
 * @param {number} left @param {number} top @param {number} size @param {string} colour
 */
function name(context, text, left, top, size, colour) {
  context.font = `${size}px system-ui, sans-serif`;
  context.textBaseline = "top";
  context.fillStyle = colour;
  context.fillRect(left, top, context.measureText(text).width + size / 2, size * 1.3);
  context.fillStyle = "#111";
  context.fillText(text, left + size / 4, top + size * 0.15);
}

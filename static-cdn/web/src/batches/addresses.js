// A text with an address in each line.

import { isAddress } from "../studio/intake.js";

export const AT_MOST = 128;

/**
 * @param {string} text
 * @returns {{addresses: string[], wrong: number[]}} `wrong`: the lines that hold something else, counted from 1
 */
export function addressesOf(text) {
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  return {
    addresses: lines.filter(isAddress),
    wrong: lines.flatMap((line, index) => (line && !isAddress(line) ? [index + 1] : [])),
  };
}

// Server-sent events, read by fetch, since EventSource cannot carry a token. Source: HTML, 9.2.6.

/**
 * @typedef {{id: string, data: string}} Event
 */

const BLOCK_AT_MOST = 16 << 20; // characters; an analysis with its result has 4 MiB at the most

/**
 * Takes the stream's text apart as it comes; an event that is not whole yet waits for its rest.
 */
export class EventReader {
  #rest = "";

  /**
   * @param {string} text
   * @returns {Event[]} the events that are whole now
   * @throws {RangeError} for an event that is longer than any of ours
   */
  read(text) {
    const blocks = (this.#rest + text).replaceAll("\r\n", "\n").split("\n\n");
    this.#rest = blocks.pop() ?? "";
    if (this.#rest.length > BLOCK_AT_MOST) throw new RangeError("an event of the stream has no end");
    return blocks.map(event).filter((found) => found.data !== "");
  }
}

/** @param {string} block @returns {Event} */
function event(block) {
  const lines = block.split("\n");
  const fields = (/** @type {string} */ name) =>
    lines.filter((line) => line.startsWith(`${name}:`)).map((line) => line.slice(name.length + 1).trimStart());
  return { id: fields("id").at(-1) ?? "", data: fields("data").join("\n") };
}

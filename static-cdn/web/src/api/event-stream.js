// Server-sent events, read by fetch, since EventSource cannot carry a token. Source: HTML, 9.2.6.

/**
 * @typedef {{id: string, data: string}} Event
 */

/**
 * Takes the stream's text apart as it comes; an event that is not whole yet waits for its rest.
 */
export class EventReader {
  #rest = "";

  /** @param {string} text @returns {Event[]} the events that are whole now */
  read(text) {
    const blocks = (this.#rest + text).replaceAll("\r\n", "\n").split("\n\n");
    this.#rest = blocks.pop() ?? "";
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

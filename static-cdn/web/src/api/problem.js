// What can go wrong with a call of the API.

/**
 * An answer that is an RFC 9457 problem, or an OAuth error (RFC 6749 §5.2).
 */
export class Problem extends Error {
  /**
   * @param {number} status
   * @param {{type?: string, title?: string, detail?: string, error_description?: string,
   *   errors?: {pointer: string, detail: string}[]}} body
   * @param {number} retryAfterS seconds after which it makes sense to ask again; 0 where it says nothing
   */
  constructor(status, body, retryAfterS = 0) {
    super(body.detail || body.error_description || body.title || `HTTP ${status}`);
    this.status = status;
    this.slug = (body.type ?? "").replace("/problems/", "");
    this.retryAfterS = retryAfterS;
    /** What is wrong with which field, by the field's name. @type {Record<string, string>} */
    this.fields = Object.fromEntries((body.errors ?? []).map(({ pointer, detail }) => [pointer.slice(1), detail]));
  }
}

/** No answer came: the network or the system is away. */
export class Offline extends Error {
  /** @param {unknown} cause */
  constructor(cause) {
    super("no answer", { cause });
  }
}

/**
 * @param {unknown} error
 * @returns {boolean} whether the same call may succeed a little later
 */
export const passes = (error) =>
  error instanceof Offline || (error instanceof Problem && [429, 502, 503, 504].includes(error.status));

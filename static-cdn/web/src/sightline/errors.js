// What can go wrong, as classes: one for each type of problem that a program may want to act on.

/** @typedef {import("./api.js").components["schemas"]} Schemas */

/** Of which all others are. */
export class SightlineError extends Error {
  /** @param {string} message @param {ErrorOptions} [options] */
  constructor(message, options) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** No answer came in time: the system is away, or the network is. */
export class ConnectionFailed extends SightlineError {
  /** @param {unknown} cause */
  constructor(cause) {
    super("no answer", { cause });
  }
}

/** An answer of 400 and more (RFC 9457, or RFC 6749 §5.2 for a sign-in). */
export class ApiError extends SightlineError {
  /**
   * @param {number} status
   * @param {{type?: string, title?: string, detail?: string, request_id?: string, error_description?: string,
   *   errors?: {pointer: string, detail: string}[]}} problem
   * @param {number} retryAfterS seconds after which it makes sense to ask again; 0 where it says nothing
   */
  constructor(status, problem, retryAfterS = 0) {
    const errors = problem.errors ?? [];
    const places = errors.map(({ pointer, detail }) => `${pointer}: ${detail}`).join("; ");
    const said = problem.detail || problem.error_description || problem.title || `HTTP ${status}`;
    super(places ? `${said} (${places})` : said);
    this.status = status;
    /** What the type's address ends with, such as "quota-exceeded"; "" where there is none. */
    this.slug = (problem.type ?? "").split("/").at(-1) ?? "";
    this.title = problem.title ?? "";
    this.detail = problem.detail ?? "";
    this.requestId = problem.request_id ?? "";
    this.retryAfterS = retryAfterS;
    /** Each place of the request that is wrong. */
    this.errors = errors;
  }

  /** What is wrong with which field, by the field's name. @returns {Record<string, string>} */
  get fields() {
    return Object.fromEntries(this.errors.map(({ pointer, detail }) => [pointer.slice(1), detail]));
  }
}

/** The address, the password or the refresh token is not right. */
export class SignInFailed extends ApiError {}

/** The credentials are missing, wrong, or have ended. */
export class Unauthorized extends ApiError {}

/** The credentials do not allow this. */
export class InsufficientScope extends ApiError {}

/** The account is suspended. */
export class Suspended extends ApiError {}

/** There is no such thing, or it was deleted. */
export class NotFound extends ApiError {}

/** It has ended already, an address is taken, or the first request with a key is under way. */
export class Conflict extends ApiError {}

/** `errors` names each place that is wrong. */
export class InvalidRequest extends ApiError {}

/** No engine that is configured can do this. */
export class OperationUnavailable extends ApiError {}

/** Too many requests in a short time. */
export class RateLimited extends ApiError {}

/** The month's analyses or the storage are used up, or the budget is spent. */
export class QuotaExceeded extends ApiError {}

/** A part of the system is away or has too much to do: try again later. */
export class Unavailable extends ApiError {}

/** It ended without a result. */
export class AnalysisFailed extends SightlineError {
  /** @param {Schemas["Analysis"]} analysis */
  constructor(analysis) {
    super(analysis.error?.detail ?? `The analysis was ${analysis.status}.`);
    this.analysis = analysis;
    /** As the API names it, such as "image-not-found". */
    this.code = analysis.error?.code ?? analysis.status;
  }
}

/** It goes on, but nobody waits any more. */
export class WaitedTooLong extends SightlineError {
  /** @param {string} id of the analysis or batch */
  constructor(id) {
    super(`${id} has not ended in time; it goes on.`);
    this.id = id;
  }
}

/** A webhook's message is not from Sightline, or is of another time. */
export class InvalidSignature extends SightlineError {}

/** @type {Record<string, typeof ApiError>} */
const BY_TYPE = {
  "unauthorized": Unauthorized,
  "insufficient-scope": InsufficientScope,
  "suspended": Suspended,
  "not-found": NotFound,
  "already-finished": Conflict,
  "email-taken": Conflict,
  "nothing-to-compare": Conflict,
  "request-in-flight": Conflict,
  "invalid-request": InvalidRequest,
  "idempotency-key-reused": InvalidRequest,
  "operation-unavailable": OperationUnavailable,
  "rate-limited": RateLimited,
  "quota-exceeded": QuotaExceeded,
  "budget-exceeded": QuotaExceeded,
};
/** For types that this version does not know. @type {Record<number, typeof ApiError>} */
const BY_STATUS = {
  401: Unauthorized,
  403: InsufficientScope,
  404: NotFound,
  409: Conflict,
  422: InvalidRequest,
  429: RateLimited,
  502: Unavailable,
  503: Unavailable,
  504: Unavailable,
};

/**
 * The error that an answer of 400 and more stands for.
 * @param {Response} response
 * @returns {Promise<ApiError>}
 */
export async function errorOf(response) {
  const body = await response.json().catch(() => null); // a proxy in between may answer with a page
  const problem = body !== null && typeof body === "object" ? body : {};
  const retryAfterS = Number(response.headers.get("Retry-After")) || 0;
  const slug = String(problem.type ?? "").split("/").at(-1) ?? "";
  const oauth = problem.error !== undefined && problem.type === undefined;
  const kind = oauth ? SignInFailed : BY_TYPE[slug] ?? BY_STATUS[response.status] ?? ApiError;
  return new kind(response.status, problem, retryAfterS);
}

/**
 * @param {unknown} error
 * @returns {boolean} whether the same call may succeed a little later
 */
export const passes = (error) =>
  error instanceof ConnectionFailed || error instanceof RateLimited || error instanceof Unavailable
  || (error instanceof Conflict && error.slug === "request-in-flight");

// One request and its answer, where a program wants to see how much has been sent.

/** @typedef {(share: number) => void} Progress called with how much has been sent, 0 to 1 */

/**
 * Like fetch. A browser tells how much has been sent by XMLHttpRequest alone; elsewhere the end is told.
 * @param {Progress | undefined} progress
 * @returns {(address: string, options: RequestInit & {signal: AbortSignal}) => Promise<Response>}
 */
export const telling = (progress) => async (address, options) => {
  if (progress && typeof XMLHttpRequest === "function") return byRequest(address, options, progress);
  const response = await fetch(address, options);
  progress?.(1);
  return response;
};

/**
 * @param {string} address
 * @param {RequestInit & {signal: AbortSignal}} options
 * @param {Progress} progress
 * @returns {Promise<Response>}
 */
function byRequest(address, { method = "GET", headers = {}, body = null, signal }, progress) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const stop = () => request.abort();
    request.open(method, address);
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.responseType = "arraybuffer";
    request.upload.onprogress = ({ loaded, total }) => progress(total ? loaded / total : 0);
    request.onload = () => resolve(answerOf(request));
    request.onerror = () => reject(new TypeError("the connection failed"));
    request.onabort = () => reject(signal.reason);
    request.onloadend = () => signal.removeEventListener("abort", stop);
    signal.throwIfAborted();
    signal.addEventListener("abort", stop, { once: true });
    request.send(/** @type {XMLHttpRequestBodyInit | null} */ (body));
  });
}

/** @param {XMLHttpRequest} request @returns {Response} */
function answerOf(request) {
  const lines = request.getAllResponseHeaders().trim().split("\r\n").filter(Boolean);
  const headers = lines.map((line) => /** @type {[string, string]} */ ([line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 1).trim()]));
  const bodiless = request.status === 204 || request.status === 304;
  return new Response(bodiless ? null : request.response, { status: request.status, headers });
}

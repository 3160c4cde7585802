// The client of Sightline: `Client`, the errors' classes, and `verify` for webhooks.

export { Client } from "./client.js";
export * from "./errors.js";
export { verify } from "./webhooks.js";

/** @typedef {import("./caller.js").Options} Options */
/** @typedef {import("./submitting.js").Image} Image */
/** @typedef {import("./submitting.js").Wanted} Wanted */
/** @typedef {import("./submitting.js").Sending} Sending */
/** @typedef {import("./sending.js").Call} Call */
/** @typedef {import("./webhooks.js").Message} Message */

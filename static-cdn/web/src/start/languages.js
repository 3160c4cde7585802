// What each program of a language begins with.

/** @typedef {import("./steps.js").Program} Program */

/** The name that the client is imported by; written out, the build would take it for a module of the app. */
export const MODULE = JSON.stringify("sightline");

/** @param {string} origin @param {string} name */
export const sample = (origin, name) => `${origin}/samples/${name}.png`;

/** @param {string} origin @param {string} text @returns {Program} */
export const curl = (origin, text) => ({ name: "curl", text: `SIGHTLINE=${origin}\n\n${text}` });

/** @param {string} origin @param {string} text indented by four @returns {Program} */
export const client = (origin, text) => ({ name: "Python", text: `import os

from sightline import Client

with Client("${origin}", api_key=os.environ["SIGHTLINE_KEY"]) as client:
${text}` });

/** @param {string} origin @param {string} imports @param {string} text @returns {Program} */
export const javascript = (origin, imports, text) => ({ name: "JavaScript", text: `${imports}import { Client } from ${MODULE};

const client = new Client({ baseUrl: "${origin}", apiKey: process.env.SIGHTLINE_KEY });
${text}` });

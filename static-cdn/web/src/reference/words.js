import { wordsOf } from "../words/words.js";

/** @typedef {keyof typeof import("../words/en/reference.js").messages} Key */

export const t = await wordsOf({ en: () => import("../words/en/reference.js"), de: () => import("../words/de/reference.js") });

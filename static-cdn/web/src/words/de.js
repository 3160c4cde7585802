// German: each message of en.js.

import { account } from "./de/account.js";
import { shell } from "./de/shell.js";
import { studio } from "./de/studio.js";

/** @type {Record<import("./words.js").Key, import("./words.js").Message>} */
export const messages = { ...shell, ...studio, ...account };

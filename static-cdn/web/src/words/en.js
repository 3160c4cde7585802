// English. A message with `one` and `other` goes by its {count}.

import { account } from "./en/account.js";
import { shell } from "./en/shell.js";
import { studio } from "./en/studio.js";

export const messages = { ...shell, ...studio, ...account };

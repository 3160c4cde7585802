// The start of the app: what is drawn, and where.

import { render } from "preact";

import { html } from "./design/html.js";
import { App } from "./shell/app.js";
import { resume } from "./shell/session.js";
import { followLinks } from "./shell/router.js";
import { language } from "./words/words.js";

const root = document.getElementById("app");
if (!root) throw new Error("index.html has no #app");
document.documentElement.lang = language;
followLinks(document);
resume();
render(html`<${App} />`, root);

import { useState } from "preact/hooks";

import { html } from "../design/html.js";
import { Programs } from "../design/programs.js";
import { t } from "../reference/words.js";
import * as words from "../words/words.js";
import { stepsOf } from "./steps.js";

/** What a program does first, one step after the other, in the language that the reader has chosen. */
export function StartPage() {
  const [chosen, choose] = useState("curl");
  return html`<div class="stack"><h1>${words.t("start.title")}</h1>
    <p>${t("start.text")}</p>
    <p class="row"><a href="/docs">${t("start.reference")}</a> <a href="/keys">${words.t("nav.keys")}</a></p>
    ${stepsOf(location.origin).map(({ title, programs }, index) => html`<section class="card stack" key=${title} aria-labelledby=${title}>
      <h2 id=${title}>${index + 1}. ${t(title)}</h2><${Programs} of=${programs} chosen=${chosen} choose=${choose} /></section>`)}
  </div>`;
}

import { useState } from "preact/hooks";

import { mustTell, tellOfEnd } from "../api/client.js";
import { Button } from "../design/button.js";
import { html } from "../design/html.js";
import { useResource } from "../design/use-resource.js";
import { t } from "../words/words.js";

/** The start page of somebody who is not signed in. */
export function Welcome() {
  const [telling] = useState(mustTell);
  return html`<section class="card narrow stack">
    ${telling && html`<${Ending} />`}
    <h1>${t("welcome.title")}</h1>
    <p>${t("welcome.text")}</p>
    <p class="row"><a class="button" href="/sign-up">${t("sign.up")}</a>
      <a class="button quiet" href="/sign-in">${t("sign.in")}</a></p>
  </section>`;
}

/** The system was away when the session was to end: it is told until it has heard. */
function Ending() {
  const { reload } = useResource(tellOfEnd, []);
  if (!mustTell()) return null;
  return html`<div class="notice bad" role="alert"><span>${t("sign.unheard")}</span>
    <${Button} kind="quiet" small act=${reload}>${t("again")}<//></div>`;
}

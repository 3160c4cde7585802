// What somebody has shared: the picture and what was found, for whoever has the address.

import { useState } from "preact/hooks";

import { publicJson } from "../api/client.js";
import { Problem } from "../api/problem.js";
import { Failure } from "../design/failure.js";
import { html } from "../design/html.js";
import { useResource } from "../design/use-resource.js";
import { Findings } from "../studio/findings.js";
import { Drawn } from "../studio/picture.js";
import { t } from "../words/words.js";

/** @param {{place: URL}} properties its address is signed; the signature holds for all of its folder */
export function SharedPage({ place }) {
  const within = (/** @type {string} */ part) => `${place.pathname}${part}${place.search}`;
  const { value: result, error } = useResource(() => publicJson(within("result")), [place.href]);
  const [marked, setMarked] = useState("");
  const mark = (/** @type {string} */ key, on = true) => setMarked((now) => (on ? key : now === key ? "" : now));
  const gone = error instanceof Problem && error.status === 404;
  return html`<section class="card stack" aria-labelledby="shared">
    <h1 id="shared">${t("shared.title")}</h1>
    ${gone ? html`<p role="status">${t("shared.gone")}</p>` : html`<${Failure} error=${error} />`}
    ${result && html`
      <${Drawn} url=${within("preview")} result=${result} marked=${marked} mark=${mark} />
      <${Findings} result=${result} marked=${marked} mark=${mark} />
      <p><a class="button quiet" href=${within("result")} download=${`${result.analysis_id}.json`}>${t("shared.json")}</a></p>`}
  </section>`;
}

import { useEffect, useRef, useState } from "preact/hooks";

import { Button } from "../design/button.js";
import { Failure } from "../design/failure.js";
import { html } from "../design/html.js";
import { useSession } from "../shell/session.js";
import { t } from "../words/words.js";
import { Entry } from "./entry.js";
import { Selection } from "./selection.js";
import { useHistory } from "./use-history.js";

const AHEAD = "600px"; // what follows is read so far before it comes into view

/** What was analysed, the newest first, and what can be done with several. @param {{query: string}} properties */
export function Grid({ query }) {
  const { me } = useSession();
  const history = useHistory(me.id, query);
  const [picked, pick] = useState(/** @type {ReadonlySet<string>} */ (new Set()));
  const { items, next, error, loaded, reload, more } = history;
  const toggle = (/** @type {string} */ id, /** @type {boolean} */ on) =>
    pick((before) => new Set(on ? [...before, id] : [...before].filter((one) => one !== id)));
  return html`
    <${Selection} history=${history} picked=${picked} pick=${pick} toggle=${toggle} />
    <ol class="grid" id="history">${items.map((analysis) => html`<${Entry} key=${analysis.id} analysis=${analysis}
      picked=${picked.has(analysis.id)} pick=${(/** @type {boolean} */ on) => toggle(analysis.id, on)} />`)}</ol>
    <${Failure} error=${error} again=${reload} />
    ${loaded && items.length === 0 && !next && html`<section class="card stack"><p>${t(query ? "history.empty-filtered" : "history.empty")}</p>
      <p><a class="button" href="/">${t("history.begin")}</a></p></section>`}
    ${next && html`<${Following} key=${next} more=${more} />`}`;
}

/** Reads on when the end comes near; by the button for who does not scroll. @param {{more: () => void}} properties */
function Following({ more }) {
  const end = useRef(/** @type {HTMLElement | null} */ (null));
  useEffect(() => {
    const seeing = new IntersectionObserver(([entry]) => { if (entry?.isIntersecting) more(); }, { rootMargin: AHEAD });
    if (end.current) seeing.observe(end.current);
    return () => seeing.disconnect();
  }, []);
  return html`<p ref=${end}><${Button} kind="quiet" act=${more}>${t("more")}<//></p>`;
}

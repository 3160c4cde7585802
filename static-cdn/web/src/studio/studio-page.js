import { useState } from "preact/hooks";

import { publicJson } from "../api/client.js";
import { html } from "../design/html.js";
import { useResource } from "../design/use-resource.js";
import { lazy } from "../shell/lazy.js";
import { navigate } from "../shell/router.js";
import { t } from "../words/words.js";
import { Intake } from "./intake.js";
import { keep, kept, OptionsForm, waysOf } from "./options.js";
import { Queue } from "./queue.js";
import { addAddress, addFiles } from "./submissions.js";

/** Half of the studio, of which nothing is wanted before there is a picture. */
const Analysis = lazy(async () => (await import("./analysis.js")).Analysis);

/** @param {{id?: string}} properties the analysis that is shown */
export function StudioPage({ id }) {
  const [options, setOptions] = useState(kept);
  const engines = useEngines();
  const change = (/** @type {typeof options} */ next) => { setOptions(next); keep(next); };
  const ready = options.operations.length > 0;
  return html`<div class="studio">
    <h1 class="unseen">${t("studio.title")}</h1>
    <div class="stack">
      <section class="card stack" aria-labelledby="new">
        <h2 id="new">${t("studio.new")}</h2>
        <${Intake} takeFiles=${(/** @type {File[]} */ files) => ready && addFiles(files, waysOf(options, engines), show)}
          takeAddress=${(/** @type {string} */ address) => ready && addAddress(address, waysOf(options, engines), show)} />
        <${OptionsForm} options=${options} change=${change} engines=${engines} />
      </section>
      <${Queue} current=${id} />
    </div>
    ${id ? html`<${Analysis} key=${id} id=${id} />` : html`<section class="card soft">${t("studio.empty")}</section>`}
  </div>`;
}

/** @param {{id: string}[]} analyses of one picture */
function show(analyses) {
  const ids = analyses.map(({ id }) => id);
  navigate(ids.length > 1 ? `/compare?ids=${ids}` : `/analyses/${ids[0]}`);
}

/** @returns {string[]} engines that can be asked */
function useEngines() {
  const { value } = useResource(() => publicJson("/v1/status"), []);
  return (value?.engines ?? []).filter((/** @type {any} */ { off }) => !off["*"]).map((/** @type {any} */ { name }) => name);
}

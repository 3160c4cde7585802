import { useEffect } from "preact/hooks";

import { publicJson } from "../api/client.js";
import { Failure } from "../design/failure.js";
import { html } from "../design/html.js";
import { useResource } from "../design/use-resource.js";
import { t } from "../words/words.js";
import { Service } from "./service.js";

const AGAIN_MS = 10_000;

/** What each service promises, what was measured, and what its error budget has left. */
export function StatusPage() {
  const { value, error, reload } = useResource(() => publicJson("/v1/status"), []);
  useEffect(() => {
    const timer = setInterval(reload, AGAIN_MS);
    return () => clearInterval(timer);
  }, []);
  return html`<div class="stack">
    <h1>${t("status.title")}</h1>
    <${Failure} error=${error} />
    ${value && html`<p id="summary" role="status">${summary(value)}</p>
      ${value.services.map((/** @type {any} */ service) => html`<${Service} key=${service.name} service=${service}
        objectives=${value.objectives.filter((/** @type {any} */ one) => one.service === service.name)}
        engines=${service.name === "image-service" ? value.engines ?? [] : []} />`)}`}
    <p class="soft small">${t("status.about")}</p>
  </div>`;
}

/** @param {{services: any[], objectives: any[]}} status */
export function summary({ services, objectives }) {
  const away = services.filter(({ state }) => state !== "ok").length;
  const missed = objectives.filter(({ holds }) => !holds).length;
  return `${away ? t("status.away", { away, all: services.length }) : t("status.well")}; ${
    missed ? t("status.missed", { missed, all: objectives.length }) : t("status.hold", { all: objectives.length })}.`;
}

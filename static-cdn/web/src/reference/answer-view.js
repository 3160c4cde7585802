import { useEffect, useState } from "preact/hooks";

import { html } from "../design/html.js";
import { t } from "./words.js";

/** What came back. @param {{shown: import("./answering.js").Shown}} properties */
export function AnswerView({ shown: { status, headers, text, picture, goesOn } }) {
  const [url, setUrl] = useState("");
  useEffect(() => {
    if (!picture) return undefined;
    const made = URL.createObjectURL(picture);
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [picture]);
  return html`<div class="stack" id="answer">
    <p role="status" class="state" data-status=${status < 400 ? "succeeded" : "failed"}><strong>${t("reference.answered", { status: String(status) })}</strong>
      ${goesOn && html`<span class="soft small">${t("reference.goes-on")}</span>`}</p>
    <pre class="code" tabindex="0" aria-label=${t("reference.headers")}><code>${headers}</code></pre>
    ${url && html`<img src=${url} alt=${t("reference.picture")} />`}
    ${text && html`<pre class="code tall" tabindex="0" aria-label=${t("reference.answer")}><code>${text}</code></pre>`}
  </div>`;
}

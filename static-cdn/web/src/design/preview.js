import { useEffect, useState } from "preact/hooks";

import { picture } from "../api/client.js";
import { html } from "./html.js";

/** The picture, read once it comes into view. @param {{path: string}} properties */
export function Preview({ path }) {
  const [url, setUrl] = useState("");
  const [frame, setFrame] = useState(/** @type {HTMLElement | null} */ (null));
  useEffect(() => {
    if (!frame) return undefined;
    const ending = new AbortController();
    let made = "";
    const seeing = new IntersectionObserver(([entry]) => {
      if (!entry?.isIntersecting) return;
      seeing.disconnect();
      picture(path, ending.signal).then((blob) => { made = URL.createObjectURL(blob); setUrl(made); }).catch(() => {}); // it does without
    });
    seeing.observe(frame);
    return () => { seeing.disconnect(); ending.abort(); if (made) URL.revokeObjectURL(made); };
  }, [frame, path]);
  return html`<span class="preview" ref=${setFrame}>${url && html`<img src=${url} alt="" />`}</span>`;
}

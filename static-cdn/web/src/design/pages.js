import { useEffect, useState } from "preact/hooks";

import { json } from "../api/client.js";
import { ended } from "../shell/session.js";
import { t } from "../words/words.js";
import { Button } from "./button.js";
import { Failure } from "./failure.js";
import { html } from "./html.js";

/**
 * A list that the API gives page by page.
 * @param {string} path with its query, without a cursor
 * @param {string} field of an answer that holds the items
 */
export function usePages(path, field = "items") {
  const [items, setItems] = useState(/** @type {any[]} */ ([]));
  const [first, setFirst] = useState(/** @type {any} */ (null));
  const [cursor, setCursor] = useState(/** @type {string | null} */ (null));
  const [error, setError] = useState(/** @type {unknown} */ (null));
  const load = async (/** @type {string | null} */ from) => {
    try {
      const page = await json(from ? `${path}${path.includes("?") ? "&" : "?"}cursor=${encodeURIComponent(from)}` : path);
      setItems((before) => (from ? [...before, ...page[field]] : page[field]));
      if (!from) setFirst(page);
      setCursor(page.next_cursor);
      setError(null);
    } catch (failure) {
      if (!ended(failure)) setError(failure);
    }
  };
  useEffect(() => { void load(null); }, [path]);
  return { items, first, cursor, error, more: () => load(cursor), reload: () => load(null) };
}

/** The rest of a list, and what went wrong with it. @param {{pages: ReturnType<typeof usePages>}} properties */
export function More({ pages: { cursor, error, more, reload } }) {
  return html`<${Failure} error=${error} again=${cursor ? more : reload} />
    ${cursor && html`<p><${Button} kind="quiet" act=${more}>${t("more")}<//></p>`}`;
}

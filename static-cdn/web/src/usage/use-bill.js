import { useEffect, useState } from "preact/hooks";

import { json } from "../api/client.js";
import { useResource } from "../design/use-resource.js";
import { ended } from "../shell/session.js";

const PAGE = 100;
const BY_ITSELF = 1000; // lines that are read without being asked for: the usual quota of a month

/** The bill of a month, the newest line first. @param {string} month as 2026-11 */
export function useBill(month) {
  const [first, setFirst] = useState(/** @type {any} */ (null));
  const [lines, setLines] = useState(/** @type {any[]} */ ([]));
  const [cursor, ask] = useState("");
  const { value, error, reload } = useResource((signal) => json(`/v1/me/usage?month=${month}&limit=${PAGE}${cursor && `&cursor=${encodeURIComponent(cursor)}`}`, { signal }), [month, cursor]);
  const next = value?.next_cursor ?? "";
  useEffect(() => {
    if (!value) return;
    if (!cursor) setFirst(value);
    setLines((before) => (cursor ? [...before, ...value.line_items] : value.line_items));
  }, [value]);
  useEffect(() => { if (next && lines.length > 0 && lines.length < BY_ITSELF) ask(next); }, [lines]);
  useEffect(() => { if (error) ended(error); }, [error]);
  return { first, lines, error, reload, more: next && lines.length >= BY_ITSELF ? () => ask(next) : null };
}

import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";

import { json } from "../api/client.js";
import { useResource } from "../design/use-resource.js";
import { cameBack } from "../shell/router.js";
import { ended } from "../shell/session.js";
import { continued, refreshed } from "./pages.js";

const PAGE = 24;
const AGAIN_MS = 2000; // while some of the first page are under way
/** @type {import("./pages.js").Read} */
const NOTHING = { items: [], next: null };
/** What was read and how far down, for who comes back from an analysis. */
let kept = { of: "", read: NOTHING, top: 0 };

/**
 * @param {string} user the id
 * @param {string} query filters, as the API takes them
 */
export function useHistory(user, query) {
  const of = `${user} ${query}`;
  const [read, setRead] = useState(() => (kept.of === of ? kept.read : NOTHING));
  const [cursor, ask] = useState("");
  const going = useRef(false); // on to the next page: no look at the first one takes its place
  const { value, error, reload } = useResource(() => json(`/v1/analyses?limit=${PAGE}${query && `&${query}`}${cursor && `&cursor=${encodeURIComponent(cursor)}`}`), [of, cursor]);
  useEffect(() => {
    going.current = false;
    if (value) setRead((before) => (cursor ? continued : refreshed)(before, value));
  }, [value]);
  useEffect(() => { if (error) ended(error); }, [error]);
  useEffect(() => { kept = { ...kept, of, read }; }, [read]);
  useLayoutEffect(() => {
    if (cameBack() && kept.of === of) scrollTo(0, kept.top);
    const look = () => { kept = { ...kept, top: scrollY }; };
    addEventListener("scroll", look, { passive: true });
    return () => removeEventListener("scroll", look);
  }, []);
  const refresh = () => { if (cursor) ask(""); else reload(); };
  useEffect(() => {
    if (!read.items.slice(0, PAGE).some(({ finished_at }) => !finished_at)) return undefined;
    const timer = setTimeout(() => { if (!going.current) refresh(); }, AGAIN_MS);
    return () => clearTimeout(timer);
  }, [read]);
  return {
    ...read, error, loaded: value !== undefined, reload,
    more: () => {
      if (!read.next) return;
      going.current = true;
      ask(read.next);
    },
    refresh,
    drop: (/** @type {string} */ id) => setRead((before) => ({ ...before, items: before.items.filter((one) => one.id !== id) })),
  };
}

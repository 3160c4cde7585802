// Pages that are read when somebody goes there.

import { useEffect, useState } from "preact/hooks";

import { Failure } from "../design/failure.js";
import { html } from "../design/html.js";
import { Offline } from "../api/problem.js";

/**
 * A component that reads its module first. A module that cannot be read is asked for again by the reader.
 * @param {() => Promise<any>} load
 */
export function lazy(load) {
  /** @type {any} */
  let loaded = null;
  return function Lazy(/** @type {any} */ properties) {
    const [page, setPage] = useState(() => loaded);
    const [error, setError] = useState(/** @type {unknown} */ (null));
    const read = async () => {
      try {
        loaded = await load();
        setError(null);
        setPage(() => loaded);
      } catch (failure) {
        setError(new Offline(failure));
      }
    };
    useEffect(() => { if (!loaded) void read(); }, []);
    if (page) return html`<${page} ...${properties} />`;
    return html`<${Failure} error=${error} again=${read} />`;
  };
}

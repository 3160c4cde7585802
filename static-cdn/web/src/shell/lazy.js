// Pages that are read when somebody goes there.

import { Failure } from "../design/failure.js";
import { html } from "../design/html.js";
import { useResource } from "../design/use-resource.js";
import { Offline } from "../api/problem.js";

/**
 * A component that reads its module first. A module that cannot be read is asked for again, by itself and by the
 * reader.
 * @param {() => Promise<any>} load
 */
export function lazy(load) {
  /** @type {any} */
  let loaded = null;
  const read = async () => {
    try {
      loaded ??= await load();
    } catch (failure) {
      throw new Offline(failure);
    }
    return loaded;
  };
  return function Lazy(/** @type {any} */ properties) {
    const { value, error, reload } = useResource(read, []);
    const page = value ?? loaded;
    if (page) return html`<${page} ...${properties} />`;
    return html`<${Failure} error=${error} again=${reload} />`;
  };
}

import { useState } from "preact/hooks";

import { ended } from "../shell/session.js";

/**
 * Something that the reader does, and how it went: an error or what to say stands beside it.
 * @returns {{error: unknown, said: string, run: (act: () => Promise<unknown>, said?: string) => Promise<boolean>}}
 * `run` answers whether it went well
 */
export function useAction() {
  const [state, setState] = useState({ error: /** @type {unknown} */ (null), said: "" });
  const run = async (/** @type {() => Promise<unknown>} */ act, said = "") => {
    setState({ error: null, said: "" });
    try {
      await act();
      setState({ error: null, said });
      return true;
    } catch (error) {
      if (!ended(error)) setState({ error, said: "" });
      return false;
    }
  };
  return { ...state, run };
}

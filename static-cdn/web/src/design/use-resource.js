import { useEffect, useRef, useState } from "preact/hooks";

import { passes, Problem } from "../api/problem.js";

const AGAIN_S = [1, 2, 4, 8, 15];

/**
 * Loads something when what it depends on changes, and again by itself while the system is away, at growing
 * distances.
 * @template T
 * @param {(signal: AbortSignal) => Promise<T>} load
 * @param {unknown[]} dependencies
 * @returns {{value: T | undefined, error: unknown, reload: () => void}}
 */
export function useResource(load, dependencies) {
  const [state, setState] = useState(/** @type {{value?: T | undefined, error?: unknown}} */ ({}));
  const [turn, setTurn] = useState(0);
  const failures = useRef(0);
  useEffect(() => {
    const ending = new AbortController();
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    let timer;
    load(ending.signal).then((value) => {
      if (ending.signal.aborted) return; // something else is wanted by now
      failures.current = 0;
      setState({ value });
    }).catch((error) => {
      if (ending.signal.aborted) return;
      setState((before) => ({ value: before.value, error }));
      if (!passes(error)) return;
      const usual = AGAIN_S[Math.min(failures.current, AGAIN_S.length - 1)] ?? 0;
      failures.current += 1;
      const seconds = Math.max(usual, error instanceof Problem ? error.retryAfterS : 0);
      timer = setTimeout(() => setTurn((one) => one + 1), 1000 * seconds);
    });
    return () => { ending.abort(); clearTimeout(timer); };
  }, [...dependencies, turn]);
  return { value: state.value, error: state.error, reload: () => setTurn((one) => one + 1) };
}

// What a page loads: one thing, or a list that comes in parts.

import { useCallback, useEffect, useRef, useState } from './html.js';
import { ApiProblem, get, isLoggedOut, isOffline } from './api.js';

/**
 * @template T
 * @typedef {object} Loaded
 * @property {T | null} data What was loaded last; it stays while it is loaded again.
 * @property {ApiProblem | null} problem
 * @property {boolean} isLoading
 * @property {() => Promise<void>} reload
 * @property {(data: T) => void} set Show this, without loading it.
 */

/**
 * Load something when the page appears, and again when one of `inputs` changes.
 * @template T
 * @param {(signal: AbortSignal) => Promise<T>} load
 * @param {unknown[]} inputs
 * @returns {Loaded<T>}
 */
export function useLoaded(load, inputs) {
  const [state, setState] = useState(
    /** @type {{data: T | null, problem: ApiProblem | null, isLoading: boolean, of: string}} */ (
      { data: null, problem: null, isLoading: true, of: '' }
    ),
  );
  const latest = useRef(load);
  latest.current = load;
  const stop = useRef(/** @type {AbortController | null} */ (null));
  const key = JSON.stringify(inputs);

  const reload = useCallback(async () => {
    stop.current?.abort();
    const mine = (stop.current = new AbortController());
    setState((before) => ({ data: before.of === key ? before.data : null, problem: null, isLoading: true, of: key }));
    try {
      const data = await latest.current(mine.signal);
      if (!mine.signal.aborted) setState({ data, problem: null, isLoading: false, of: key });
    } catch (error) {
      if (mine.signal.aborted) return;
      setState((before) => ({ ...before, problem: asProblem(error), isLoading: false, of: key }));
    }
  }, [key]);

  useEffect(() => {
    reload();
    return () => stop.current?.abort();
  }, [reload]);

  // what did not come because the session was over, or the server was away, is there after that
  const isStopped = isLoggedOut.value || isOffline.value;
  const wasStopped = useRef(false);
  useEffect(() => {
    if (wasStopped.current && !isStopped && [0, 401].includes(state.problem?.status ?? -1)) reload();
    wasStopped.current = isStopped;
  }, [isStopped]);

  const set = useCallback(
    (/** @type {T} */ data) => setState({ data, problem: null, isLoading: false, of: key }),
    [key],
  );
  return { data: state.data, problem: state.problem, isLoading: state.isLoading, reload, set };
}

/**
 * @template T
 * @typedef {object} Listed
 * @property {T[] | null} items Null before the first part has come.
 * @property {boolean} hasMore
 * @property {boolean} isLoading
 * @property {ApiProblem | null} problem
 * @property {() => Promise<void>} more Load the next part.
 * @property {() => Promise<void>} reload Load the first part again.
 */

/**
 * Load a list of the API, `{items, next}`, part by part.
 * @template T
 * @param {string} place
 * @param {import('./api.js').Query} [query]
 * @returns {Listed<T>}
 */
export function useList(place, query = {}) {
  const first = useLoaded((signal) => get(place, query, signal), [place, query]);
  const [rest, setRest] = useState(
    /** @type {{of: any, items: T[], next: string | null, isLoading: boolean, problem: ApiProblem | null}} */ (
      { of: null, items: [], next: null, isLoading: false, problem: null }
    ),
  );
  const mine = rest.of === first.data ? rest : { items: [], next: first.data?.next ?? null, isLoading: false, problem: null };
  return {
    items: first.data && [...first.data.items, ...mine.items],
    hasMore: Boolean(mine.next),
    isLoading: first.isLoading || mine.isLoading,
    problem: first.problem ?? mine.problem,
    reload: first.reload,
    more: async () => {
      if (!mine.next || mine.isLoading) return;
      setRest({ of: first.data, ...mine, isLoading: true, problem: null });
      try {
        const part = await get(place, { ...query, cursor: mine.next });
        setRest({ of: first.data, items: [...mine.items, ...part.items], next: part.next, isLoading: false, problem: null });
      } catch (error) {
        setRest({ of: first.data, ...mine, isLoading: false, problem: asProblem(error) });
      }
    },
  };
}

/**
 * Ask for something again and again while the page is seen, such as the state of a job.
 * @param {() => unknown} again
 * @param {number | null} milliseconds Null asks no more.
 */
export function useEvery(again, milliseconds) {
  const latest = useRef(again);
  latest.current = again;
  useEffect(() => {
    if (milliseconds === null) return undefined;
    const timer = setInterval(() => document.hidden || latest.current(), milliseconds);
    return () => clearInterval(timer);
  }, [milliseconds]);
}

/**
 * Return any error as one that can be shown.
 * @param {unknown} error
 */
export function asProblem(error) {
  if (error instanceof ApiProblem) return error;
  console.error(error);
  return new ApiProblem(0, `The page met an error: ${error instanceof Error ? error.message : String(error)}. Reload it.`);
}

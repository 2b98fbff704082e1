// The messages of a group: the newest ones first, earlier ones when they are wanted, new ones as they come.

import { useEffect, useRef, useState } from '../../core/html.js';
import { get, path } from '../../core/api.js';
import { follow } from '../../core/following.js';
import { asProblem } from '../../core/loading.js';

/** @typedef {import('../../core/api.js').Schemas['GroupAnswer']} GroupAnswer */
/** @typedef {import('../../core/api.js').Schemas['GroupMessageAnswer']} GroupMessage */

/** The largest number there is: from it one goes back from the end. */
const END = Number.MAX_SAFE_INTEGER;

const AT_ONCE = 50;

/**
 * @param {GroupAnswer} group
 * @param {() => Promise<void>} reload Reads the group again, when its state or its members are others.
 */
export function useMessages(group, reload) {
  const [messages, setMessages] = useState(/** @type {GroupMessage[]} */ ([]));
  const [before, setBefore] = useState(/** @type {number | null} */ (null));
  const [state, setState] = useState(group.state);
  const [isBroken, setBroken] = useState(false);
  const [problem, setProblem] = useState(/** @type {import('../../core/api.js').ApiProblem | null} */ (null));
  const known = useRef(new Set(group.members.map((each) => each.name)));
  const place = path`groups/${group.id}/messages`;

  useEffect(() => setState(group.state), [group.state]);

  useEffect(() => {
    const stop = new AbortController();
    const { signal } = stop;
    const read = async () => {
      const page = await get(place, { before: END, limit: AT_ONCE }, signal);
      setMessages(page.items);
      setBefore(page.next);
      await follow(place, {
        query: { after: page.items.at(-1)?.number ?? 0 },
        signal,
        onBreak: setBroken,
        isLast: (event) => event.kind === 'state' && (event.data.state === 'ended' || event.data.state === 'lost'),
        onEvent: (event) => {
          if (event.kind === 'state') {
            setState(event.data.state);
            return;
          }
          setMessages((all) => [...all.filter((each) => each.number !== event.data.number), event.data]);
          if (known.current.has(event.data.speaker)) return;
          known.current.add(event.data.speaker);
          reload();
        },
      });
    };
    read().catch((error) => signal.aborted || setProblem(asProblem(error)));
    return () => stop.abort();
  }, [place]);

  const earlier = async () => {
    const page = await get(place, { before, limit: AT_ONCE });
    setMessages((all) => [...page.items, ...all]);
    setBefore(page.next);
  };
  return { messages, state, hasEarlier: before !== null, earlier, isBroken, problem };
}

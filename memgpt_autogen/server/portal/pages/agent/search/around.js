// What stands around an entry in the log, read in place.

import { html, useRef, useState } from '../../../core/html.js';
import { get, path } from '../../../core/api.js';
import { useLoaded } from '../../../core/loading.js';
import { Button } from '../../../parts/controls.js';
import { Badge, Loading, When } from '../../../parts/states.js';
import { marked } from './why.js';

/** @typedef {import('../../../core/api.js').Schemas['EntryAnswer']} Entry */
/** @typedef {{entries: Entry[], isFirst: boolean, isLast: boolean}} Part */

/** How many entries come before and after, and more at a time. */
const STEP = 3;
const LONGEST = 600;

const KINDS = ['message', 'step', 'spoken', 'imported'];

/** @param {{agent: import('../../agent.js').Agent, seq: number, forms: string[]}} props */
export function Around({ agent, seq, forms }) {
  const region = useRef(/** @type {HTMLDivElement | null} */ (null));
  const place = path`agents/${agent.id}/log`;
  const earlier = async (/** @type {number} */ before, /** @type {AbortSignal} */ signal) => {
    const found = await get(place, { before, kind: KINDS, limit: STEP }, signal);
    return { entries: found.items.reverse(), isFirst: !found.next };
  };
  const later = async (/** @type {number} */ after, /** @type {number} */ limit, /** @type {AbortSignal} */ signal) => {
    const found = await get(place, { after, kind: KINDS, limit }, signal);
    return { entries: found.items, isLast: !found.next };
  };
  const loaded = useLoaded(
    async (signal) => {
      const [before, after] = await Promise.all([earlier(seq, signal), later(seq - 1, STEP + 1, signal)]);
      return { entries: [...before.entries, ...after.entries], isFirst: before.isFirst, isLast: after.isLast };
    },
    [agent.id, seq],
  );
  const more = async (/** @type {boolean} */ isEarlier) => {
    const known = /** @type {Part} */ (loaded.data);
    const { signal } = new AbortController();
    const edge = isEarlier ? known.entries[0] : known.entries[known.entries.length - 1];
    const part = isEarlier ? await earlier(edge?.seq ?? seq, signal) : await later(edge?.seq ?? seq, STEP, signal);
    const entries = isEarlier ? [...part.entries, ...known.entries] : [...known.entries, ...part.entries];
    loaded.set({ ...known, ...part, entries });
    // the button may have gone with the last entries
    setTimeout(() => region.current?.contains(document.activeElement) || region.current?.focus());
  };
  return html`<div class="around" ref=${region} tabindex="-1" role="group" aria-label="What was around it">
    <${Loading} of=${loaded} what="what was around it">
      ${(/** @type {Part} */ part) => html`
        ${!part.isFirst && html`<${Button} kind="quiet" onClick=${() => more(true)}>↑ ${STEP} earlier<//>`}
        <ol class="around-entries">${part.entries.map((entry) => html`<${EntryLine} key=${entry.seq} entry=${entry} agent=${agent} isHit=${entry.seq === seq} forms=${entry.seq === seq ? forms : []} />`)}</ol>
        ${!part.isLast && html`<${Button} kind="quiet" onClick=${() => more(false)}>↓ ${STEP} later<//>`}
      `}
    <//>
  </div>`;
}

/** @param {{entry: Entry, agent: import('../../agent.js').Agent, isHit: boolean, forms: string[]}} props */
function EntryLine({ entry, agent, isHit, forms }) {
  const [isWhole, setWhole] = useState(false);
  const isThought = entry.spoken === null;
  const text = entry.spoken ?? entry.text;
  const shown = isWhole || text.length <= LONGEST ? text : `${text.slice(0, LONGEST)} …`;
  const calls = entry.calls.filter((call) => call.name !== 'send_message').map((call) => call.name);
  return html`<li class="around-entry ${isHit ? 'around-hit' : ''}" aria-current=${isHit ? 'true' : undefined}>
    <p class="small muted row">
      <b><bdi>${entry.name ?? (entry.role === 'assistant' ? agent.name : entry.role)}</bdi></b>
      ${isThought && html`<${Badge}>thought<//>`}
      ${calls.map((name) => html`<${Badge} key=${name}>${name}<//>`)}
      <span>${entry.seq}</span>
      <${When} time=${entry.time} />
    </p>
    ${shown && html`<p class="${isThought ? 'muted' : ''} around-text" dir="auto">${marked(shown, forms)}</p>`}
    ${shown !== text && html`<${Button} kind="quiet" onClick=${() => setWhole(true)}>Show all of it<//>`}
  </li>`;
}

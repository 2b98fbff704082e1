// What an agent knew at one moment, and what differs between two.

import { html, useEffect, useRef, useState } from '../../../core/html.js';
import { get, path } from '../../../core/api.js';
import { count, counted } from '../../../core/format.js';
import { useList, useLoaded } from '../../../core/loading.js';
import { linkTo } from '../../../core/router.js';
import { Diff } from '../../../parts/diff.js';
import { Badge, Empty, Listing, Loading, When } from '../../../parts/states.js';
import { entries, entryName } from './timeline.js';

/** @typedef {import('./timeline.js').Moment} Moment */
/** @typedef {import('./timeline.js').Entry} Entry */

/**
 * @param {object} props
 * @param {import('../../agent.js').Agent} props.agent
 * @param {Moment} props.moment
 * @param {boolean} props.isOld Whether another moment is on its way.
 */
export function MomentView({ agent, moment, isOld }) {
  const { state } = moment;
  if (state.seq === 0) return html`<${Empty} title="Before its first entry the agent knew nothing.">Move the slider to the right.<//>`;
  return html`<div class="columns ${isOld ? 'past-old' : ''}" aria-busy=${isOld ? 'true' : 'false'}>
    <section class="stack">
      <h2>Core memory then</h2>
      ${state.blocks.map((block) => html`<${Block} key=${block.label} block=${block} now=${agent.blocks.find((each) => each.label === block.label)} />`)}
      ${state.blocks.length === 0 && html`<p class="muted">There was no block.</p>`}
    </section>
    <section class="stack">
      <h2>Messages then</h2>
      <p class="row">
        <${Badge}>${counted(state.messages, 'message')} to be found<//>
        <${Badge}>${entries(state.queue_entries)} in the prompt<//>
        ${state.taken_back > 0 && html`<${Badge} kind="warn">${entries(state.taken_back)} taken back<//>`}
      </p>
      <p class="row">
        <a href=${linkTo(['agents', agent.name, 'window'], { at: state.seq })}>The prompt of this moment</a>
        <a href=${linkTo(['agents', agent.name, 'chat'], { seq: state.seq })}>Its place in the log</a>
      </p>
      ${state.summary &&
      html`<details class="card">
        <summary>Summary of everything up to entry ${count(state.summary.through_seq)}</summary>
        <p class="past-text" dir="auto">${state.summary.text}</p>
      </details>`}
      ${state.queue.length > 0
        ? html`<h3>Last in the prompt</h3>
            <ol class="past-entries">
              ${state.queue.map((entry) => html`<li key=${entry.seq} dir="auto"><span class="muted small">${count(entry.seq)}</span> ${entryName(entry)} <span class="muted small"><${When} time=${entry.time} /></span></li>`)}
            </ol>`
        : html`<p class="muted">No message was in the prompt.</p>`}
    </section>
  </div>`;
}

/** @param {{block: import('../../../core/api.js').Schemas['BlockAnswer'], now: {value: string} | undefined}} props */
function Block({ block, now }) {
  return html`<article class="card">
    <div class="row row-between">
      <h3 dir="auto">${block.label}</h3>
      <span class="row">
        ${!now && html`<${Badge} kind="warn">is gone now<//>`}
        ${now && now.value !== block.value && html`<${Badge} kind="accent">another text now<//>`}
        ${block.read_only && html`<${Badge}>read only<//>`}
        <span class="muted small">${count([...block.value].length)} of ${counted(block.limit, 'character')}</span>
      </span>
    </div>
    ${block.value ? html`<p class="past-text" dir="auto">${block.value}</p>` : html`<p class="muted">empty</p>`}
  </article>`;
}

/** @typedef {import('../../../core/api.js').Schemas['DifferenceAnswer']} Difference */

/**
 * @param {object} props
 * @param {string} props.agent The agent's name.
 * @param {number} props.from
 * @param {number} props.to
 */
export function DifferenceView({ agent, from, to }) {
  const found = useLatest((signal) => get(path`agents/${agent}/diff`, { from, to }, signal), [agent, from, to]);
  return html`<${Loading} of=${found} what="what differs">
    ${(/** @type {Difference} */ difference) => html`<div class="columns ${found.isOld ? 'past-old' : ''}" aria-busy=${String(found.isOld)}>
      <section class="stack">
        <h2>Core memory, entry ${count(difference.first)} to ${count(difference.second)}</h2>
        <${TextDifferences} of=${difference} />
      </section>
      <section class="stack">
        <h2>Said in between</h2>
        <${MessageCounts} of=${difference} />
        <${Said} key=${`${difference.first} ${difference.second}`} agent=${agent} after=${difference.first} before=${difference.second + 1} />
        <${Passages} key=${String(difference.times)} agent=${agent} times=${difference.times ?? []} />
      </section>
    </div>`}
  <//>`;
}

/** Blocks and the summary, word by word. @param {{of: Difference, none?: string}} props */
export function TextDifferences({ of, none = 'No block has changed.' }) {
  return html`
    ${of.blocks.length === 0 && html`<p class="muted">${none}</p>`}
    ${of.blocks.map(
      (each) => html`<article class="card" key=${each.label}>
        <h3><span dir="auto">${each.label}</span>${each.before === null ? ' (new)' : each.after === null ? ' (taken away)' : ''}</h3>
        <${Diff} before=${each.before} after=${each.after} />
      </article>`,
    )}
    ${of.summary &&
    html`<article class="card">
      <h3>Summary</h3>
      <${Diff} before=${of.summary.before} after=${of.summary.after} />
    </article>`}
  `;
}

/** @param {{of: Difference}} props */
export function MessageCounts({ of }) {
  const [before, after] = of.messages;
  return html`<p>
    ${before === after ? `${counted(after, 'message')} to be found, as before.` : `${counted(after, 'message')} to be found; before, ${count(before)}.`}
    ${of.taken_back > 0 ? ` ${entries(of.taken_back)} of before taken back.` : ''}
  </p>`;
}

/** @param {{agent: string, after: number, before: number}} props */
function Said({ agent, after, before }) {
  const said = useList(path`agents/${agent}/log`, { after, before, kind: ['message', 'spoken', 'step'], limit: 20 });
  return html`<${Listing} of=${said} what="the messages" empty=${html`<p class="muted">Nobody said anything.</p>`}>
    ${(/** @type {Entry[]} */ items) => html`<${Words} agent=${agent} items=${items} />`}
  <//>`;
}

/** Words of the log, each with its place there. @param {{agent: string, items: Entry[]}} props */
export const Words = ({ agent, items }) => html`<ol class="past-entries">
  ${items
    .filter((entry) => entry.spoken !== null)
    .map((entry) => html`<li key=${entry.seq} dir="auto"><a class="small" href=${linkTo(['agents', agent, 'chat'], { seq: entry.seq })} aria-label="Entry ${entry.seq} in the log">${count(entry.seq)}</a> <strong>${entry.role === 'assistant' ? agent : (entry.name ?? agent)}</strong>: ${entry.spoken}</li>`)}
</ol>`;

/** Passages that were stored in that time. @param {{agent: string, times: (string | null)[]}} props */
function Passages({ agent, times }) {
  const [start, end] = times;
  const found = useList(path`agents/${agent}/passages`, { start, end, limit: 10 });
  return html`<h2>Passages stored in between</h2>
    <${Listing} of=${found} what="the passages" empty=${html`<p class="muted">None that is still there.</p>`}>
      ${(/** @type {any[]} */ items) => html`<ul class="past-entries">
        ${items.map((passage) => html`<li key=${passage.id} class="past-passage" dir="auto"><ins>${passage.text}</ins> <span class="muted small"><${When} time=${passage.created_at} /></span></li>`)}
      </ul>`}
    <//>`;
}

/**
 * Return a value once it has stayed the same for a while.
 * @template T
 * @param {T} value
 * @param {number} [milliseconds]
 * @returns {T}
 */
export function useSettled(value, milliseconds = 150) {
  const [settled, setSettled] = useState(value);
  const key = JSON.stringify(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), milliseconds);
    return () => clearTimeout(timer);
  }, [key]);
  return settled;
}

/**
 * Do what `useLoaded` does, and go on showing what was there until the new answer comes.
 * @template T
 * @param {(signal: AbortSignal) => Promise<T>} load
 * @param {unknown[]} inputs
 * @returns {import('../../../core/loading.js').Loaded<T> & {isOld: boolean}}
 */
export function useLatest(load, inputs) {
  const loaded = useLoaded(load, inputs);
  const kept = useRef(/** @type {T | null} */ (null));
  if (loaded.data !== null) kept.current = loaded.data;
  return { ...loaded, data: loaded.data ?? kept.current, isOld: loaded.data === null && kept.current !== null };
}

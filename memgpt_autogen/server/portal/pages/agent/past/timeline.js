// The slider over an agent's past: one moment, or two to compare, with marks where something happened.

import { html, useId, useMemo, useState } from '../../../core/html.js';
import { get, path } from '../../../core/api.js';
import { count, counted, exactTime } from '../../../core/format.js';
import { useLoaded } from '../../../core/loading.js';
import { Button } from '../../../parts/controls.js';


/**
 * @typedef {object} Moment
 * @property {import('../../../core/api.js').Schemas['StateAnswer']} state
 * @property {Entry | null} entry What happened there.
 */

/**
 * @param {object} props
 * @param {string} props.label
 * @param {number} props.seq
 * @param {number} props.last
 * @param {(seq: number) => void} props.onMove
 * @param {Change[]} props.changes
 * @param {Moment | null} [props.moment] Null before it is loaded.
 */
export function Handle({ label, seq, last, onMove, changes, moment }) {
  const id = useId();
  const there = moment?.state.seq === seq ? moment : null;
  const change = changes.find((each) => each.seq === seq);
  const what = change ? changeName(change) : there?.entry ? entryName(there.entry) : seq === 0 ? 'The start, before anything' : '';
  const time = there?.state.time ? exactTime(there.state.time) : '';
  const before = changes.find((each) => each.seq < seq);
  const after = changes.findLast((each) => each.seq > seq);
  const moved = (/** @type {any} */ event) => onMove(clamped(Number(event.target.value), last));
  return html`<div class="past-handle">
    <div class="row row-between">
      <label for=${id}>${label}</label>
      <span class="row past-steps">
        <${Button} kind="quiet" label="Go to the change before" disabled=${!before} onClick=${() => before && onMove(before.seq)}>◂<//>
        <${NumberBox} seq=${seq} last=${last} onMove=${onMove} />
        <span class="muted">of ${count(last)}</span>
        <${Button} kind="quiet" label="Go to the next change" disabled=${!after} onClick=${() => after && onMove(after.seq)}>▸<//>
        <${Button} disabled=${seq === last} onClick=${() => onMove(last)}>Now<//>
      </span>
    </div>
    <input
      type="range"
      id=${id}
      min="0"
      max=${last}
      step="1"
      value=${seq}
      onInput=${moved}
      aria-valuetext=${[`entry ${seq} of ${last}`, time, what].filter(Boolean).join(', ')}
    />
    <${Marks} changes=${changes} last=${last} />
    <p class="past-there" role="status" dir="auto"><strong>Entry ${count(seq)}</strong>${time && html` · <time datetime=${there?.state.time}>${time}</time>`}${what && ` · ${what}`}</p>
  </div>`;
}

/**
 * The number of the entry, to be typed. What is being typed stays, whatever is loaded meanwhile.
 * @param {{seq: number, last: number, onMove: (seq: number) => void}} props
 */
function NumberBox({ seq, last, onMove }) {
  const [typed, setTyped] = useState(/** @type {string | null} */ (null));
  const done = () => {
    if (typed !== null) onMove(clamped(Number(typed), last));
    setTyped(null);
  };
  return html`<input
    type="number"
    aria-label="Number of the entry"
    min="0"
    max=${last}
    value=${typed ?? seq}
    onInput=${(/** @type {any} */ event) => setTyped(event.target.value)}
    onChange=${done}
    onBlur=${done}
  />`;
}

/** @param {number} seq @param {number} last */
const clamped = (seq, last) => Math.max(0, Math.min(last, Math.round(seq) || 0));

// how many pages of 200 changes are asked for
const MOST_PAGES = 10;

// how finely the line is divided; more marks would lie on each other
const WIDTH = 600;
const HEIGHT = 14;

/**
 * The changes of an agent, the newest first: at most some thousands of them.
 * @param {string} agent
 * @param {number} seq
 */
export function useChanges(agent, seq) {
  return useLoaded(
    async (signal) => {
      /** @type {Change[]} */
      const found = [];
      let cursor = null;
      for (let page = 0; page < MOST_PAGES; page += 1) {
        const answer = await get(path`agents/${agent}/history`, { limit: 200, cursor }, signal);
        found.push(...answer.items);
        cursor = answer.next;
        if (!cursor) break;
      }
      return found;
    },
    [agent, seq],
  );
}

/**
 * @param {object} props
 * @param {Change[]} props.changes
 * @param {number} props.last The number of the newest entry.
 */
export function Marks({ changes, last }) {
  const marks = useMemo(() => {
    /** @type {Map<string, {x: number, name: string}>} */
    const found = new Map();
    for (const change of changes) {
      const x = Math.round((change.seq / Math.max(last, 1)) * WIDTH);
      const name = markOf(change.what);
      found.set(`${x} ${name}`, { x, name });
    }
    return [...found.values()];
  }, [changes, last]);
  return html`<svg class="past-marks" viewBox="0 0 ${WIDTH} ${HEIGHT}" preserveAspectRatio="none" aria-hidden="true">
    ${MARKS.map(({ name }) =>
      marks
        .filter((mark) => mark.name === name)
        .map(({ x }) => html`<rect key=${x} class="past-mark-${name}" x=${x - 1} y="0" width="2" height=${HEIGHT} />`),
    )}
  </svg>`;
}

/** What the colours of the marks mean. @param {{changes: Change[]}} props */
export function Legend({ changes }) {
  const there = new Set(changes.map((change) => markOf(change.what)));
  return html`<ul class="past-legend row small">
    ${MARKS.filter((each) => there.has(each.name)).map(
      (each) => html`<li key=${each.name}><svg width="10" height="10" aria-hidden="true"><rect class="past-mark-${each.name}" width="10" height="10" /></svg> ${each.text}</li>`,
    )}
  </ul>`;
}

/** @typedef {import('../../../core/api.js').Schemas['ChangeAnswer']} Change */
/** @typedef {import('../../../core/api.js').Schemas['EntryAnswer']} Entry */

/** @type {Record<string, string>} */
const CHANGES = {
  block: 'First text',
  edit: 'Edit by the agent',
  set: 'Edit from outside',
  shape: 'Changed limit or description',
  detach: 'Block taken away',
  eviction: 'Eviction into the summary',
  pop: 'Messages taken back',
  rethink: 'Thought replaced',
  rewrite: 'Words replaced',
  retry: 'Answered again',
  fork: 'Fork',
  undo: 'Undo',
  redo: 'Redo',
};

/** The kinds of marks on the timeline, and which changes each has. The place is the colour. */
export const MARKS = [
  { name: 'edits', text: 'Edits of blocks', whats: ['block', 'edit', 'set', 'shape', 'detach'] },
  { name: 'evictions', text: 'Evictions', whats: ['eviction'] },
  { name: 'taken-back', text: 'Undo and what was taken back', whats: ['pop', 'rethink', 'rewrite', 'retry', 'undo', 'redo'] },
  { name: 'forks', text: 'Forks', whats: ['fork'] },
];

/** @param {string} what */
export const markOf = (what) => MARKS.find((each) => each.whats.includes(what))?.name ?? 'edits';

/** @param {Change} change */
export function changeName(change) {
  const of = change.label ? ` of ${change.label}` : '';
  const by = change.by ? ` by ${change.by}` : '';
  const back = change.of !== null ? ` of change ${change.of}` : '';
  return `${CHANGES[change.what] ?? change.what}${of}${back}${by}`;
}

/**
 * Return what happened in an entry, in a few words.
 * @param {Entry} entry
 */
export function entryName(entry) {
  const calls = entry.calls.map((call) => call.name);
  const words = short(entry.spoken ?? entry.text);
  switch (entry.kind) {
    case 'message':
    case 'imported':
      return `${entry.name ?? 'The agent'}: ${words}`;
    case 'spoken':
      return `The agent: ${words}`;
    case 'step':
      return entry.spoken ? `The agent: ${words}` : calls.length ? `The agent called ${calls.join(', ')}` : `The agent thought: ${words}`;
    case 'result':
      return `${entry.name ?? 'A function'} ${entry.ok ? 'returned' : 'failed'}`;
    case 'edit':
      return `Edit of ${entry.name}`;
    case 'change':
      return CHANGES[String(entry.extra.what)] ?? 'Something was taken back';
    case 'removed':
      return 'What was here was forgotten for good';
    default:
      return `${{ heartbeat: 'A heartbeat', alert: 'An alert', login: 'Somebody came' }[entry.kind] ?? entry.kind}`;
  }
}

// words of any direction leave the rest of the sentence as it is
const FIRST = '\u2068';
const LAST = '\u2069';

/** @param {string} text */
const short = (text) => `${FIRST}${text.length > 90 ? `${text.slice(0, 90)}…` : text}${LAST}`;

/** @param {number} number */
export const entries = (number) => counted(number, 'entry', 'entries');

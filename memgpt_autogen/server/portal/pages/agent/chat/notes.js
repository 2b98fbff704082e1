// What an entry that nobody said is, as a sentence.

import { counted } from '../../../core/format.js';

/** @typedef {import('./shown_log.js').Entry} Entry */

/** The start of every event that nobody said; a person need not read it each time. */
const AUTOMATED = '[automated system message, hidden from the others] ';

/** @type {Record<string, string>} */
const CHANGES = {
  pop: 'Messages were taken back.',
  rethink: 'A thought was replaced.',
  rewrite: 'A reply was rewritten.',
  retry: 'What followed the last message was taken back, and answered again.',
  undo: 'A change was undone.',
  redo: 'A change was done again.',
  fork: 'This agent began as a fork of another one.',
  detach: 'A block was taken away.',
};

/** Whether an event is shown only where calls are. @param {Entry} entry */
export function isQuiet(entry) {
  const { kind, extra } = entry;
  return kind === 'heartbeat' || (kind === 'change' && extra.what === 'retry') || (kind === 'edit' && (extra.before ?? null) === null);
}

/**
 * @param {Entry} entry
 * @returns {{text: string, more?: string, place?: 'memory' | 'past'}}
 */
export function eventText(entry) {
  const { kind, extra } = entry;
  const text = entry.text.startsWith(AUTOMATED) ? entry.text.slice(AUTOMATED.length) : entry.text;
  switch (kind) {
    case 'edit':
      return { ...editText(entry), place: 'memory' };
    case 'change':
      return { text: changeText(extra), place: 'past' };
    case 'login':
      return { text: 'Somebody came.' };
    case 'removed':
      return { text: 'This was forgotten for good.' };
    case 'heartbeat':
      return { text: 'The agent goes on.', more: text };
    case 'alert':
      return text.length > 200 ? { text: `${text.slice(0, 200)} …`, more: text } : { text };
    default:
      return { text };
  }
}

/** @param {Record<string, any>} extra */
function changeText(extra) {
  const what = CHANGES[extra.what] ?? 'Something was changed.';
  if (extra.what !== 'pop') return what;
  const entries = (extra.hides ?? []).reduce((/** @type {number} */ sum, /** @type {number[]} */ [first, last]) => sum + last - first + 1, 0);
  return `${counted(entries, 'entry', 'entries')} of the log ${entries === 1 ? 'was' : 'were'} taken back.`;
}

/** @param {Entry} entry @returns {{text: string, more?: string}} */
function editText({ name, extra }) {
  const { before, after = '' } = /** @type {Record<string, any>} */ (extra);
  const by = extra.by ? ` by ${extra.by}` : '';
  if (before === after) return { text: `The block «${name}» has another shape.` };
  if (before === null || before === undefined) return { text: `The block «${name}» began${by}.`, more: after || undefined };
  if (!before || after.startsWith(before)) return { text: `Added to the block «${name}»${by}: ${after.slice(before.length).trim()}` };
  return { text: `The block «${name}» was changed${by}.`, more: after || '(empty)' };
}

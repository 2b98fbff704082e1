// What the entries of a log, and what happens now, are as things to show one under the other.

/** @typedef {import('./shown_log.js').Entry} Entry */
/** @typedef {import('./runs.js').Note} Note */
/** @typedef {{id: string, name: string, arguments: string, result: Entry | null}} Call */

/**
 * @typedef {object} Item
 * @property {string} key
 * @property {'words' | 'step' | 'result' | 'note' | 'event' | 'day' | 'live'} kind
 * @property {number[]} seqs The entries that it shows.
 * @property {Entry} [entry]
 * @property {Call[]} [calls]
 * @property {Note} [note]
 * @property {string} [time]
 */

/** Calls that only speak, which the words show. */
const SPEAKS = 'send_message';

/**
 * @param {Entry[]} entries In order.
 * @param {Note[]} notes
 * @param {Map<number, string>} keys Those of entries that were seen before they were in the log.
 * @param {string} speaking The key of the reply that is written now, if any.
 * @returns {Item[]}
 */
export function itemsOf(entries, notes, keys, speaking) {
  /** @type {Item[]} */
  const items = [];
  /** The calls that have no result yet. @type {Map<string, {call: Call, item: Item}>} */
  const open = new Map();
  let [day, noted] = ['', 0];
  const oldest = entries[0]?.seq ?? 0;
  while (noted < notes.length && notes[noted].after < oldest) noted += 1;
  for (const entry of entries) {
    for (; noted < notes.length && notes[noted].after < entry.seq; noted += 1) items.push(noteItem(notes[noted]));
    const asked = entry.kind === 'result' ? open.get(entry.answers ?? '') : undefined;
    if (asked) {
      asked.call.result = entry;
      asked.item.seqs.push(entry.seq);
      open.delete(entry.answers ?? '');
      continue;
    }
    const today = new Date(entry.time).toDateString();
    if (today !== day) items.push({ key: `day:${today}:${entry.seq}`, kind: 'day', seqs: [], time: entry.time });
    day = today;
    const item = entryItem(entry, keys.get(entry.seq));
    for (const call of item.calls ?? []) open.set(call.id, { call, item });
    items.push(item);
  }
  items.push(...notes.slice(noted).map(noteItem));
  if (speaking) items.push({ key: speaking, kind: 'live', seqs: [] });
  return items;
}

/** @param {Note} note @returns {Item} */
const noteItem = (note) => ({ key: note.key, kind: 'note', seqs: [], note });

/** @param {Entry} entry @param {string} [key] @returns {Item} */
function entryItem(entry, key) {
  const { seq, kind } = entry;
  const item = { key: key ?? String(seq), seqs: [seq], entry };
  if (kind === 'step') {
    const calls = entry.calls.map((call) => ({ ...call, result: /** @type {Entry | null} */ (null) }));
    return { ...item, kind: 'step', calls };
  }
  if (kind === 'result') return { ...item, kind: 'result' };
  return { ...item, kind: isWords(entry) ? 'words' : 'event' };
}

/** Whether an entry is what somebody said, and no step of the agent. @param {Entry} entry */
export function isWords({ kind, role }) {
  return kind === 'message' || kind === 'spoken' || (kind === 'imported' && role !== 'system');
}

/** Whether an entry is words of the agent. @param {Entry} entry */
export function isOwn({ kind, role }) {
  return kind === 'step' || kind === 'spoken' || (kind === 'imported' && role === 'assistant');
}

/** Whether a call is shown besides the words. @param {Call} call */
export function isShownCall({ name, result }) {
  return name !== SPEAKS || result?.ok === false;
}

/**
 * Return JSON as it is easy to read; another text as it is.
 * @param {string} text
 */
export function readable(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

// The part of an agent's log that the page has: some of its newest entries, or those around one of them.

import { signal } from '../../../core/html.js';
import { get, path } from '../../../core/api.js';

/** @typedef {import('../../../core/api.js').Schemas['EntryAnswer']} StoredEntry */
/** @typedef {StoredEntry & {isLive?: boolean}} Entry An entry; a live one is told by an event, and may lack parts. */

/** How many entries are loaded at once. */
const PART = 60;

/** How many entries the page has at most. It gives up those that are farthest away. */
const MOST = 240;

export class ShownLog {
  /** @param {string} agent The agent's id. */
  constructor(agent) {
    this.place = path`agents/${agent}/log`;
    /** @type {Map<number, Entry>} */
    this.entries = new Map();
    /** Counts the changes of the entries. */
    this.version = signal(0);
    this.isLoaded = signal(false);
    this.hasOlder = signal(false);
    /** Whether the newest entries are not on the page. */
    this.hasNewer = signal(false);
    this.isLoading = signal(false);
    /** The newest entry that the log itself has told. */
    this.readTo = 0;
    /** The entry around which the others are; 0 for the newest ones. */
    this.around = 0;
  }

  /** The entries in order. */
  sorted() {
    return [...this.entries.values()].sort((one, other) => one.seq - other.seq);
  }

  get first() {
    return this.entries.size ? Math.min(...this.entries.keys()) : 0;
  }

  get last() {
    return this.entries.size ? Math.max(...this.entries.keys()) : 0;
  }

  /** Whether more entries would drive others away. */
  get isFull() {
    return this.entries.size + PART > MOST;
  }

  /** Load the newest entries in place of what was there. */
  async loadNewest() {
    const page = await this.read({});
    this.entries.clear();
    this.around = 0;
    this.put(page.items);
    this.hasOlder.value = Boolean(page.next);
    this.hasNewer.value = false;
    this.changed();
  }

  /** Load the entries around one. @param {number} seq */
  async loadAround(seq) {
    const [before, after] = await Promise.all([this.read({ before: seq + 1 }), this.read({ after: seq })]);
    this.entries.clear();
    this.around = seq;
    this.put([...before.items, ...after.items]);
    this.hasOlder.value = Boolean(before.next);
    this.hasNewer.value = Boolean(after.next);
    this.changed();
  }

  loadOlder() {
    return this.alone(() => this.readOlder());
  }

  async readOlder() {
    if (!this.hasOlder.value) return;
    const page = await this.read({ before: this.first });
    this.put(page.items);
    this.hasOlder.value = Boolean(page.next);
    if (this.keepOnly((seqs) => seqs.slice(0, MOST))) this.hasNewer.value = true;
    this.changed();
  }

  loadNewer() {
    return this.alone(() => this.readNewer());
  }

  async readNewer() {
    if (!this.hasNewer.value) return;
    const page = await this.read({ after: this.last });
    this.put(page.items);
    this.hasNewer.value = Boolean(page.next);
    if (this.keepOnly((seqs) => seqs.slice(-MOST))) this.hasOlder.value = true;
    this.changed();
  }

  /** Read the newest entries again: what was taken back goes, and what is new comes. */
  async refresh() {
    if (this.hasNewer.value) return;
    const page = await this.read({});
    const [newest, oldest] = [page.items[0]?.seq ?? 0, page.items.at(-1)?.seq ?? 0];
    if (page.next && this.last < oldest) this.entries.clear();
    for (const seq of this.entries.keys()) {
      // live entries may be newer than the answer
      if (!page.items.length || (seq >= oldest && seq <= newest)) this.entries.delete(seq);
    }
    this.put(page.items);
    this.hasOlder.value = Boolean(page.next) || (this.hasOlder.value && this.first < oldest);
    if (this.keepOnly((seqs) => seqs.slice(-MOST))) this.hasOlder.value = true;
    this.changed();
  }

  /**
   * Look for entries that are new, and return whether there are any.
   * @returns {Promise<boolean>}
   */
  async look() {
    const { items } = await this.read({ after: this.last, limit: 1 });
    if (items.length && !this.hasNewer.value) await this.refresh();
    return items.length > 0;
  }

  /**
   * Add what an event tells of an entry. What the log itself has told of it is more.
   * @param {number} seq
   * @param {(known: Entry | undefined) => Entry} tell
   */
  tell(seq, tell) {
    const known = this.entries.get(seq);
    // an older one that is not here was taken back, or is above
    if (this.hasNewer.value || (known ? !known.isLive : seq <= this.readTo)) return;
    this.entries.set(seq, { ...tell(known), isLive: true });
    this.changed();
  }

  /** @param {import('../../../core/api.js').Query} query @returns {Promise<{items: StoredEntry[], next: string | null}>} */
  read(query) {
    return get(this.place, { limit: PART, ...query });
  }

  /** Do only this, until it is done. @param {() => Promise<void>} load */
  async alone(load) {
    if (this.isLoading.value) return;
    this.isLoading.value = true;
    try {
      await load();
    } finally {
      this.isLoading.value = false;
    }
  }

  /** @param {StoredEntry[]} items */
  put(items) {
    for (const each of items) {
      this.entries.set(each.seq, each);
      this.readTo = Math.max(this.readTo, each.seq);
    }
  }

  /** @param {(seqs: number[]) => number[]} choose @returns {boolean} Whether others are gone. */
  keepOnly(choose) {
    const seqs = [...this.entries.keys()].sort((one, other) => one - other);
    const kept = new Set(choose(seqs));
    for (const seq of seqs) if (!kept.has(seq)) this.entries.delete(seq);
    return kept.size < seqs.length;
  }

  changed() {
    this.isLoaded.value = true;
    this.version.value += 1;
  }
}

// The runs of an agent that go on, wherever they were started, and the events of the one that is in its turn.

import { batch, signal } from '../../../core/html.js';
import { get, path, send } from '../../../core/api.js';
import { follow } from '../../../core/following.js';

/** @typedef {Required<import('../../../core/api.js').Schemas['RunAnswer']>} Run */
/** @typedef {import('../../../core/following.js').StreamEvent} StreamEvent */
/** @typedef {{key: string, kind: string, data: any, after: number}} Note Something after an entry that is none itself. */

/** How many of the newest runs are looked at. */
const LOOKED = 20;

const FINAL = ['ended', 'failed', 'cancelled'];

/** What the history of an agent calls an eviction. */
const EVICTION = 'eviction';

/** The events that are shown as notes. */
const NOTES = ['evicted', 'pressure_warned', 'heartbeat_limit', 'thought'];

export class Runs {
  /**
   * @param {string} agent The agent's id.
   * @param {import('./shown_log.js').ShownLog} log
   */
  constructor(agent, log) {
    this.agent = agent;
    this.log = log;
    /** The runs that are not over, in the order in which they are heard. @type {import('@preact/signals').Signal<Run[]>} */
    this.going = signal([]);
    /** The newest run, if it failed. @type {import('@preact/signals').Signal<Run | null>} */
    this.failed = signal(null);
    /** What the model has written so far of a reply. */
    this.streamed = signal('');
    /** The key of the reply that is written; empty while there is none. It stays that of the entry. */
    this.speaking = signal('');
    /** The keys of entries that were seen while they were written, by seq. @type {Map<number, string>} */
    this.keys = new Map();
    /** @type {import('@preact/signals').Signal<Note[]>} */
    this.notes = signal([]);
    /** Why the last turn ended, if the agent was not done. */
    this.stopped = signal('');
    /** What the agent said last, for a screen reader. */
    this.saidLast = signal('');
    this.isBroken = signal(false);
    /** The run that is followed. @type {string | null} */
    this.followed = null;
    /** The last event that is known of each run that was followed. @type {Map<string, string>} */
    this.lastOf = new Map();
    this.hasLooked = false;
    /** A run whose events the server does not give. @type {string | null} */
    this.refused = null;
    this.stop = new AbortController();
    this.parts = '';
    this.frame = 0;
  }

  close() {
    this.stop.abort();
    cancelAnimationFrame(this.frame);
  }

  /** Look which runs there are, and follow the one that is next. */
  async look() {
    const [{ items }, suspended] = await Promise.all([
      get('runs', { agent: this.agent, limit: LOOKED }),
      // those that wait for long may be older
      this.hasLooked ? { items: [] } : get('runs', { agent: this.agent, state: 'suspended', limit: LOOKED }),
    ]);
    this.hasLooked = true;
    /** @type {Map<string, Run>} */
    const found = new Map([...suspended.items, ...items].map((run) => [run.id, run]));
    for (const run of this.going.value) if (!found.has(run.id)) found.set(run.id, await this.read(run.id));
    const going = [...found.values()].filter((run) => !FINAL.includes(run.state)).reverse();
    // each alone tells its place, what it waits for, and what was said
    const whole = await Promise.all(going.map((run) => this.read(run.id)));
    const newest = items[0];
    const isFailed = newest && (newest.state === 'failed' || newest.stop_reason === 'expired');
    const failed = isFailed ? (newest.id === this.failed.value?.id ? this.failed.value : await this.read(newest.id)) : null;
    if (this.stop.signal.aborted) return;
    const added = this.going.value.filter((run) => !found.has(run.id));
    batch(() => {
      this.set([...whole, ...added]);
      this.failed.value = failed;
    });
  }

  /** @param {Run[]} runs */
  set(runs) {
    const going = runs.filter((run) => !FINAL.includes(run.state));
    this.going.value = going.sort((one, other) => Date.parse(one.created) - Date.parse(other.created));
    const next = going.find((run) => run.state === 'running') ?? going.find((run) => run.state === 'queued' && run.place === 0);
    if (next && !this.followed && next.id !== this.refused) this.follow(next.id);
  }

  /** Add a run that was asked for here. @param {Run} run */
  add(run) {
    batch(() => {
      this.failed.value = null;
      this.stopped.value = '';
      this.set([...this.going.value.filter((each) => each.id !== run.id), run]);
    });
    if (FINAL.includes(run.state)) this.log.refresh();
  }

  /** @param {string} id */
  async cancel(id) {
    const run = await send('POST', path`runs/${id}/cancel`);
    this.change(id, run.state === 'running' ? {} : run);
    await this.look();
  }

  /**
   * Answer a call that a suspended run waits for.
   * @param {string} id
   * @param {import('../../../core/api.js').Schemas['ResultsBody'] | Record<string, unknown>} answers
   */
  async answer(id, answers) {
    const run = await send('POST', path`runs/${id}/results`, answers);
    this.add(run);
    await this.look();
  }

  /** @param {string} id @returns {Promise<Run>} */
  read(id) {
    return get(path`runs/${id}`);
  }

  /** @param {string} id @param {Partial<Run>} changes */
  change(id, changes) {
    this.set(this.going.value.map((run) => (run.id === id ? { ...run, ...changes } : run)));
  }

  /** Follow a run to its end, or until it waits for others. @param {string} id */
  async follow(id) {
    this.followed = id;
    try {
      await follow(path`runs/${id}/events`, {
        signal: this.stop.signal,
        isLast: ({ kind }) => kind === 'error' || kind === 'turn_ended',
        isOver: async () => FINAL.includes((await this.read(id)).state),
        onBreak: (isBroken) => (this.isBroken.value = isBroken),
        after: this.lastOf.get(id),
        onEvent: (event) => {
          if (event.id) this.lastOf.set(id, event.id);
          batch(() => this.told(id, event));
        },
      });
    } catch (error) {
      // they are told by the log and by looking at the run, which say what is wrong with the server, too
      this.refused = id;
    }
    if (this.stop.signal.aborted) return;
    await Promise.allSettled([this.log.refresh(), this.look(), this.readEvictions()]);
    this.followed = null;
    this.isBroken.value = false;
    this.write('');
    this.notes.value = this.notes.value.filter((note) => note.kind === EVICTION);
    this.set(this.going.value);
  }

  /** @param {string} id @param {StreamEvent} event */
  told(id, { kind, id: number, data }) {
    if (kind === 'reply_part') {
      if (!this.speaking.value && data.text) this.speaking.value = `${id}:${this.lastOf.get(id) ?? ''}:reply`;
      return this.write(data.anew ? data.text : this.parts + data.text, true);
    }
    const { seq } = data;
    if (kind === 'turn_ended') this.stopped.value = ['yielded', 'suspended', 'expired'].includes(data.stop_reason) ? '' : data.stop_reason;
    if (kind === 'turn_ended' || kind === 'error' || kind === 'suspended') return this.write('');
    const run = this.going.value.find((each) => each.id === id);
    if (run && (run.state !== 'running' || run.unheard.length)) this.change(id, { state: 'running', unheard: [] });
    if (kind === 'heard') {
      const { message } = data;
      this.log.tell(seq, () => entry(seq, { ...message, calls: message.tool_calls, spoken: message.kind === 'message' ? message.text : null }));
    } else if (kind === 'thought' && seq) {
      this.log.tell(seq, (known) => ({ ...(known ?? entry(seq, { time: data.time })), text: data.text }));
    } else if (kind === 'tool_called' && seq) {
      this.log.tell(seq, (known) => withCall(known ?? entry(seq, { time: data.time }), data.call));
    } else if (kind === 'tool_returned' && seq) {
      this.log.tell(seq, () => entry(seq, { ...data, kind: 'result', role: 'tool', name: data.call.name, answers: data.call.id }));
    } else if (kind === 'replied') {
      if (seq && this.speaking.value) this.keys.set(seq, this.speaking.value);
      this.write('');
      this.saidLast.value = data.text;
      if (seq) this.log.tell(seq, (known) => withWords(known ?? entry(seq, { time: data.time, kind: 'spoken', text: data.text }), data.text));
    } else if (NOTES.includes(kind)) {
      const key = number ?? `${id}:${kind}`;
      if (this.notes.value.some((note) => note.key === key)) return undefined;
      this.notes.value = [...this.notes.value, { key, kind, data, after: this.log.last }];
    }
    return undefined;
  }

  /** Read the last evictions, which the log does not tell. */
  async readEvictions() {
    const { items } = await get(path`agents/${this.agent}/history`, { what: EVICTION, limit: LOOKED });
    /** @type {Note[]} */
    const found = items.reverse().map((/** @type {any} */ data, /** @type {number} */ index) => ({ key: `${EVICTION}:${data.seq}:${index}`, kind: EVICTION, data, after: data.seq }));
    this.notes.value = [...found, ...this.notes.value.filter((note) => note.kind !== EVICTION)];
  }

  /**
   * Show so much of the reply; parts of it once in each frame.
   * @param {string} text
   * @param {boolean} [isPart]
   */
  write(text, isPart = false) {
    this.parts = text;
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    if (!text) this.speaking.value = '';
    if (!isPart) this.streamed.value = text;
    else this.frame = requestAnimationFrame(() => (this.streamed.value = this.parts));
  }
}

/**
 * @param {number} seq
 * @param {Record<string, any>} about
 * @returns {import('./shown_log.js').Entry}
 */
function entry(seq, about) {
  const { kind = 'step', role = 'assistant', name = null, text = '', calls = [], time, ok = true, extra = {}, spoken = null, answers = null } = about;
  return { seq, kind, role, name, text, spoken, calls, answers, ok, time, extra, undone: false };
}

/**
 * @param {import('./shown_log.js').Entry} known
 * @param {import('./shown_log.js').StoredEntry['calls'][number]} call
 */
function withCall(known, call) {
  return known.calls.some((each) => each.id === call.id) ? known : { ...known, calls: [...known.calls, call] };
}

/** @param {import('./shown_log.js').Entry} known @param {string} text */
function withWords(known, text) {
  const said = known.spoken === null ? [] : known.spoken.split('\n\n');
  return said.includes(text) ? known : { ...known, spoken: [...said, text].join('\n\n') };
}

// Streams of the server (SSE), read by `fetch` and read on after each break.

import { effect } from './html.js';
import { ApiProblem, apiAddress, ask, isLoggedOut, isOffline } from './api.js';

/**
 * @typedef {object} StreamEvent
 * @property {string} kind As `replied`; see the reference of the events.
 * @property {string | null} id The id from which a stream is read on.
 * @property {any} data
 */

/** How long to wait before the first, the second ... attempt to read on, in milliseconds. */
const WAITS = [250, 500, 1000, 2000, 4000, 8000];

/** After so many milliseconds without a byte a connection is lost; the server writes each 15 seconds. */
const SILENCE = 45_000;

/**
 * Follow a stream to the event that `isLast` names. After a break, or the end of a server, it is read on from
 * the last event that had an id.
 *
 * Raises ApiProblem if the server refuses it; ends without an error when `signal` is aborted.
 * @param {string} place
 * @param {object} options
 * @param {(event: StreamEvent) => void} options.onEvent
 * @param {(event: StreamEvent) => boolean} options.isLast
 * @param {() => Promise<boolean>} [options.isOver] Asked after a break: whether nothing more will come.
 * @param {(isBroken: boolean) => void} [options.onBreak] Called when the connection breaks, and when it is back.
 * @param {string | null} [options.after] The id of the last event that is known.
 * @param {import('./api.js').Query} [options.query]
 * @param {AbortSignal} options.signal
 */
export async function follow(place, { onEvent, isLast, isOver, onBreak, after = null, query, signal }) {
  let last = after;
  let failures = 0;
  let isBroken = false;
  const tell = (/** @type {boolean} */ broken) => {
    if (broken !== isBroken) onBreak?.(broken);
    isBroken = broken;
  };
  while (!signal.aborted) {
    const mine = new AbortController();
    const end = () => mine.abort();
    signal.addEventListener('abort', end, { once: true });
    try {
      const events = readEvents(await opened(place, query, last, mine.signal));
      tell(false);
      for await (const event of events) {
        failures = 0;
        last = event.id ?? last;
        onEvent(event);
        if (isLast(event)) return;
      }
      if (await isOver?.()) return;
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof ApiProblem && error.status === 401) {
        // read on from the same event after the next login
        await untilLoggedIn(signal);
        continue;
      }
      if (isRefusal(error)) throw error;
    } finally {
      signal.removeEventListener('abort', end);
      mine.abort();
    }
    tell(true);
    await pause(WAITS[Math.min(failures, WAITS.length - 1)], signal);
    failures += 1;
  }
}

/** Whether it is of no use to try again. @param {unknown} error */
function isRefusal(error) {
  return error instanceof ApiProblem && error.status !== 0 && error.status < 500 && error.status !== 429;
}

/**
 * @param {string} place
 * @param {import('./api.js').Query | undefined} query
 * @param {string | null} last
 * @param {AbortSignal} signal
 */
async function opened(place, query, last, signal) {
  const headers = new Headers({ Accept: 'text/event-stream' });
  if (last) headers.set('Last-Event-ID', last);
  let answer;
  try {
    answer = await fetch(apiAddress(place, query), { headers, credentials: 'same-origin', signal });
  } catch (error) {
    if (!signal.aborted) isOffline.value = true;
    throw error;
  }
  isOffline.value = false;
  // a refusal is read by the one function that knows how
  if (!answer.ok || !answer.body) await ask('GET', place, { query, signal });
  return /** @type {ReadableStream<Uint8Array>} */ (answer.body);
}

/**
 * Read the events of a body. A body that ends in the middle of an event raises, and so does one that is silent.
 * @param {ReadableStream<Uint8Array>} body
 * @returns {AsyncGenerator<StreamEvent>}
 */
export async function* readEvents(body) {
  const reader = body.pipeThrough(/** @type {any} */ (new TextDecoderStream())).getReader();
  let text = '';
  try {
    for (;;) {
      const { value, done } = await within(SILENCE, reader.read());
      if (done) break;
      text += value;
      const blocks = text.split(/\r?\n\r?\n/);
      text = blocks.pop() ?? '';
      for (const block of blocks) {
        const event = parsed(block);
        if (event) yield event;
      }
    }
  } finally {
    reader.cancel().catch(() => {});
  }
  if (text.trim()) throw new Error('the stream broke in the middle of an event');
}

/**
 * @template T
 * @param {number} milliseconds
 * @param {Promise<T>} promise
 * @returns {Promise<T>}
 */
function within(milliseconds, promise) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('the stream is silent')), milliseconds);
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

/**
 * @param {string} block
 * @returns {StreamEvent | null}
 */
function parsed(block) {
  /** @type {Record<string, string>} */
  const fields = {};
  for (const line of block.split(/\r?\n/)) {
    const [, name, value] = /^([^:]*):? ?(.*)$/.exec(line) ?? [];
    if (name) fields[name] = name === 'data' && fields.data !== undefined ? `${fields.data}\n${value}` : value;
  }
  if (fields.data === undefined) return null;
  return { kind: fields.event ?? 'message', id: fields.id ?? null, data: JSON.parse(fields.data) };
}

/**
 * @param {number} milliseconds
 * @param {AbortSignal} signal
 * @returns {Promise<void>}
 */
function pause(milliseconds, signal) {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener('abort', () => (clearTimeout(timer), resolve()), { once: true });
  });
}

/**
 * @param {AbortSignal} signal
 * @returns {Promise<void>}
 */
function untilLoggedIn(signal) {
  return new Promise((resolve) => {
    const stop = effect(() => {
      if (!isLoggedOut.value) resolve();
    });
    signal.addEventListener('abort', () => resolve(), { once: true });
    signal.addEventListener('abort', stop, { once: true });
  });
}

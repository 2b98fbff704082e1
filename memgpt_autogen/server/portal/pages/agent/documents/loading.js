// What is being loaded: files and addresses on their way to the server, and the jobs that read them.
// It goes on while other pages of the portal are shown.

import { signal } from '../../../core/html.js';
import { get, path } from '../../../core/api.js';
import { asProblem } from '../../../core/loading.js';
import { upload } from '../../../core/uploading.js';

/** @typedef {import('../../../core/api.js').Schemas['JobAnswer']} Job */

/**
 * @typedef {object} Load
 * @property {number} number
 * @property {string} agent The agent's id.
 * @property {string} name
 * @property {File | null} file
 * @property {string} url
 * @property {'waiting' | 'sending' | 'reading' | 'ended' | 'failed' | 'cancelled'} state
 * @property {number} sent In bytes.
 * @property {number} size Of the request, in bytes.
 * @property {Job | null} job
 * @property {string} problem
 */

/** How many are sent at once; the others wait. */
const AT_ONCE = 2;

/** How often a job is asked for, in milliseconds. */
const ASK_EVERY = 700;

/** @type {import('@preact/signals').Signal<Load[]>} */
const loads = signal([]);

/** How many loads of each agent have ended, by its id. @type {import('@preact/signals').Signal<Record<string, number>>} */
const ended = signal({});

/** @type {Map<number, AbortController>} */
const sending = new Map();

let last = 0;

/** Return the loads of an agent since the page was opened, the newest first. @param {string} agent The agent's id. */
export const loadsOf = (agent) => loads.value.filter((load) => load.agent === agent);

/** Return a number that is another one after each load that ended. @param {string} agent The agent's id. */
export const loadedVersion = (agent) => ended.value[agent] ?? 0;

/**
 * Load files, one after the other. One that is too large is told at once.
 * @param {string} agent The agent's id.
 * @param {Iterable<File>} files
 * @param {number | null | undefined} mostBytes
 */
export function loadFiles(agent, files, mostBytes) {
  for (const file of files) {
    const isTooLarge = Boolean(mostBytes && file.size > mostBytes);
    add({ agent, name: file.name, file, url: '', size: file.size, state: isTooLarge ? 'failed' : 'waiting', problem: isTooLarge ? 'It is larger than this server takes. Split it, or load it by its address.' : '' });
  }
  sendNext();
}

/** @param {string} agent The agent's id. @param {string} url */
export function loadAddress(agent, url) {
  add({ agent, name: url, file: null, url, size: 0, state: 'waiting', problem: '' });
  sendNext();
}

/** @param {Load} load */
export function cancel(load) {
  change(load.number, { state: 'cancelled' });
  sending.get(load.number)?.abort();
}

/** @param {Load} load */
export function again(load) {
  change(load.number, { state: 'waiting', sent: 0, job: null, problem: '' });
  sendNext();
}

/** Take one away from the list. @param {Load} load */
export function dismiss(load) {
  loads.value = loads.value.filter((each) => each.number !== load.number);
}

/** @param {Pick<Load, 'agent' | 'name' | 'file' | 'url' | 'size' | 'state' | 'problem'>} given */
function add(given) {
  loads.value = [{ number: ++last, sent: 0, job: null, ...given }, ...loads.value];
}

/** @param {number} number @param {Partial<Load>} changes */
function change(number, changes) {
  loads.value = loads.value.map((load) => (load.number === number ? { ...load, ...changes } : load));
}

function sendNext() {
  const free = AT_ONCE - loads.value.filter((load) => load.state === 'sending').length;
  const waiting = loads.value.filter((load) => load.state === 'waiting').reverse();
  for (const load of waiting.slice(0, Math.max(0, free))) sendOne(load);
}

/** @param {Load} load */
async function sendOne(load) {
  const form = new FormData();
  if (load.file) form.append('file', load.file, load.file.name);
  else form.append('url', load.url);
  const stop = new AbortController();
  sending.set(load.number, stop);
  change(load.number, { state: 'sending' });
  try {
    const onProgress = (/** @type {number} */ sent, /** @type {number} */ size) => change(load.number, { sent, size });
    const job = await upload(path`agents/${load.agent}/sources`, form, { onProgress, signal: stop.signal });
    change(load.number, { state: 'reading', job });
    follow(load, job);
  } catch (error) {
    if (!stop.signal.aborted) change(load.number, { state: 'failed', problem: asProblem(error).message });
  } finally {
    sending.delete(load.number);
    sendNext();
  }
}

/** Ask for a job until it is over. @param {Load} load @param {Job} job */
function follow(load, job) {
  const isOver = job.state === 'ended' || job.state === 'failed';
  const state = job.state === 'ended' || job.state === 'failed' ? job.state : 'reading';
  change(load.number, { job, state, problem: job.error ?? '' });
  if (isOver) ended.value = { ...ended.value, [load.agent]: (ended.value[load.agent] ?? 0) + 1 };
  else setTimeout(() => get(path`jobs/${job.id}`).then((found) => follow(load, found), (error) => lost(load, job, error)), ASK_EVERY);
}

/** @param {Load} load @param {Job} job @param {unknown} error */
function lost(load, job, error) {
  const problem = asProblem(error);
  if (problem.status === 0 || problem.status >= 500 || problem.status === 429) follow(load, job);
  else change(load.number, { state: 'failed', problem: problem.message });
}

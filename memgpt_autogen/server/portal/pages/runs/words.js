// What states of runs and their numbers are called.

import { html } from '../../core/html.js';
import { Badge } from '../../parts/states.js';

/** @typedef {import('../../core/api.js').Schemas['RunAnswer']} Run */

/** @type {Record<Run['state'], string>} */
export const STATES = {
  queued: 'Waits in the queue',
  running: 'Running',
  suspended: 'Waits for an answer',
  ended: 'Ended',
  failed: 'Failed',
  cancelled: 'Cancelled',
};

/** @type {Record<string, string>} */
export const REASONS = {
  yielded: 'The agent was done',
  suspended: 'It waits for others',
  step_limit: 'Too many steps',
  failure_limit: 'Too many calls failed',
  repeated_call: 'The same call again and again',
  token_limit: 'Too many tokens',
  time_limit: 'It took too long',
  paused: 'Heartbeats are paused',
  cancelled: 'Somebody cancelled it',
  expired: 'No answer came in time',
  error: 'An error',
};

/** @type {Record<Run['state'], 'plain' | 'good' | 'bad' | 'warn' | 'accent'>} */
const KINDS = { queued: 'plain', running: 'accent', suspended: 'warn', ended: 'good', failed: 'bad', cancelled: 'plain' };

/** @param {{run: Run}} props */
export function State({ run }) {
  const isUsual = run.state === 'ended' && run.stop_reason === 'yielded';
  const why = isUsual || !isOver(run) || run.state !== 'ended' ? '' : (REASONS[run.stop_reason ?? ''] ?? run.stop_reason);
  return html`<${Badge} kind=${why ? 'warn' : KINDS[run.state]}>${STATES[run.state]}<//>${why && html` <span class="small">${why}</span>`}`;
}

/** @param {Run} run */
export const isOver = (run) => ['ended', 'failed', 'cancelled'].includes(run.state);

/** @param {number | null | undefined} amount In the currency of the setting `price`. */
export const cost = (amount) => (amount === null || amount === undefined ? '–' : amount.toLocaleString(undefined, { maximumSignificantDigits: 3 }));

/**
 * Return how long a run has taken, or takes until now.
 * @param {Run} run
 * @param {number} [now]
 */
export function duration(run, now = Date.now()) {
  if (!run.started) return '–';
  const seconds = ((run.ended ? new Date(run.ended).getTime() : now) - new Date(run.started).getTime()) / 1000;
  if (seconds < 60) return `${Math.max(0, seconds).toFixed(1)} s`;
  return seconds < 3600 ? `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s` : `${(seconds / 3600).toFixed(1)} h`;
}

// The states of a group chat in words.

import { html } from '../../core/html.js';
import { Badge } from '../../parts/states.js';

/** @typedef {import('../../core/api.js').Schemas['GroupAnswer']['state']} State */

/** @type {Record<State, {text: string, kind: 'good' | 'warn' | 'plain' | 'bad', about: string}>} */
export const STATES = {
  going_on: { text: 'Goes on', kind: 'good', about: 'Its process is there, and something was said in the last 10 minutes.' },
  quiet: { text: 'Quiet', kind: 'warn', about: 'Nothing was said for 10 minutes, and no end is known.' },
  ended: { text: 'Ended', kind: 'plain', about: 'It was terminated, or had its last round.' },
  lost: { text: 'Lost', kind: 'bad', about: 'Its process has ended without an end of the chat.' },
};

/** @param {{state: State}} props */
export function StateBadge({ state }) {
  const { text, kind, about } = STATES[state];
  return html`<span title=${about}><${Badge} kind=${kind}>${text}<//></span>`;
}

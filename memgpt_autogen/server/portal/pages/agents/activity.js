// What an agent does now, in a few words.

import { html } from '../../core/html.js';
import { active } from '../../core/activity.js';
import { counted } from '../../core/format.js';
import { Badge } from '../../parts/states.js';

/**
 * @param {object} props
 * @param {string} props.id The agent's.
 * @param {import('../../core/activity.js').Activity} [props.known] What was told with the agent.
 */
export function Doing({ id, known }) {
  const now = active.value ? active.value.get(id) : known;
  if (!now) return null;
  return html`<span class="row">
    ${now.running && html`<${Badge} kind="good"><span class="spinner" aria-hidden="true"></span> In a turn<//>`}
    ${now.queued > 0 && html`<${Badge} kind="accent">${counted(now.queued, 'turn')} waiting<//>`}
    ${now.suspended > 0 && html`<${Badge} kind="warn">${counted(now.suspended, 'turn')} waiting for an answer<//>`}
  </span>`;
}

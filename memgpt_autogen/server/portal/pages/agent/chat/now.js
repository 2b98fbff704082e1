// What happens now: the turn that goes on, and how the last one ended.

import { html } from '../../../core/html.js';
import { mayTalk } from '../../../core/session.js';
import { Button } from '../../../parts/controls.js';
import { changeDraft, draftOf } from './draft.js';

/** That the agent is in its turn, as long as it says nothing. @param {{agent: {name: string}}} props */
export function Busy({ agent }) {
  return html`<p class="chat-note" role="status"><span class="spinner" aria-hidden="true"></span> ${agent.name} is in a turn …</p>`;
}

/** Why the last turn ended before the agent was done. @param {{reason: string}} props */
export function Stopped({ reason }) {
  const text = reason === 'cancelled' ? 'The turn was stopped.' : `The turn ended: ${reason.replaceAll('_', ' ')}.`;
  return html`<p class="chat-note" role="status">${text}</p>`;
}

/**
 * Why the newest turn failed, and how to go on.
 * @param {{run: import('./runs.js').Run, chat: import('./editing.js').Chat, onRetry: () => Promise<void>}} props
 */
export function Failure({ run, chat, onRetry }) {
  const lost = run.unheard.map((each) => each.text).join('\n\n');
  const text = run.stop_reason === 'expired' ? 'Nobody answered in time what the agent waited for, so its turn ended.' : (run.error ?? 'The turn failed.');
  const again = () => {
    const { id } = chat.agent;
    changeDraft(id, { text: [draftOf(id).value.text, lost].filter(Boolean).join('\n\n') });
    chat.runs.failed.value = null;
    /** @type {HTMLElement | null} */ (document.querySelector('.composer-text'))?.focus();
  };
  return html`<div class="note note-bad" role="alert">
    <p dir="auto">${text}</p>
    ${lost && html`<p>It was not heard: <q dir="auto">${lost.slice(0, 300)}</q></p>`}
    ${mayTalk.value && (lost ? html`<${Button} onClick=${again}>Write it again<//>` : html`<${Button} onClick=${onRetry}>Answer again<//>`)}
  </div>`;
}

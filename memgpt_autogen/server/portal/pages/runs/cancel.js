// The button that cancels a run.

import { html } from '../../core/html.js';
import { path, send } from '../../core/api.js';
import { mayTalk } from '../../core/session.js';
import { Button } from '../../parts/controls.js';
import { notify } from '../../parts/notices.js';

/**
 * @param {object} props
 * @param {import('./words.js').Run} props.run
 * @param {() => Promise<void>} props.onDone
 */
export function Cancel({ run, onDone }) {
  if (!mayTalk.value) return null;
  const cancel = async (/** @type {Event} */ event) => {
    const button = /** @type {HTMLElement} */ (event.currentTarget);
    const next = /** @type {HTMLElement | null} */ (button.closest('tr')?.querySelector('a') ?? document.getElementById('content'));
    await send('POST', path`runs/${run.id}/cancel`);
    notify('The run is cancelled. What the model still answers is not stored.');
    await onDone();
    next?.focus();
  };
  return html`<${Button} kind="danger" onClick=${cancel}>Cancel<//>`;
}

// Short notices at the edge of the page, which a screen reader says, too.

import { html, signal } from '../core/html.js';
import { asProblem } from '../core/loading.js';

/** @typedef {{id: number, text: string, isBad: boolean}} Notice */

/** @type {import('@preact/signals').Signal<Notice[]>} */
const notices = signal([]);

const SECONDS = 5;
let last = 0;

/**
 * Say something that needs no answer. An error stays until it is closed.
 * @param {string} text
 * @param {{isBad?: boolean}} [options]
 */
export function notify(text, { isBad = false } = {}) {
  const id = ++last;
  notices.value = [...notices.value.slice(-3), { id, text, isBad }];
  if (!isBad) setTimeout(() => close(id), SECONDS * 1000);
}

/** @param {unknown} error */
export function notifyProblem(error) {
  notify(asProblem(error).message, { isBad: true });
}

/** @param {number} id */
function close(id) {
  notices.value = notices.value.filter((each) => each.id !== id);
}

/** The notices that there are now. The page has this once. */
export function Notices() {
  return html`<div class="notices" role="status" aria-live="polite">
    ${notices.value.map(
      (each) => html`<div key=${each.id} class="notice ${each.isBad ? 'notice-bad' : ''}">
        <span>${each.text}</span>
        <button type="button" class="button button-quiet" aria-label="Close this notice" onClick=${() => close(each.id)}>×</button>
      </div>`,
    )}
  </div>`;
}

// Dialogs: the browser's own, so that focus, Escape and the rest of the page are as everywhere.

import { html, render, useEffect, useId, useRef } from '../core/html.js';
import { Form } from './controls.js';

/**
 * A dialog over the page. It is there as long as it is part of the page.
 * @param {object} props
 * @param {string} props.title
 * @param {() => void} props.onClose Called by Escape and the button «Close»; it takes the dialog away.
 * @param {any} props.children
 * @param {boolean} [props.isWide]
 */
export function Dialog({ title, onClose, children, isWide }) {
  const id = useId();
  const dialog = useRef(/** @type {HTMLDialogElement | null} */ (null));
  useEffect(() => {
    const before = /** @type {HTMLElement | null} */ (document.activeElement);
    const shown = dialog.current;
    shown?.showModal();
    return () => {
      shown?.close();
      before?.focus?.();
    };
  }, []);
  const cancelled = (/** @type {Event} */ event) => {
    event.preventDefault();
    onClose();
  };
  return html`<dialog ref=${dialog} class="dialog ${isWide ? 'dialog-wide' : ''}" aria-labelledby=${id} onCancel=${cancelled}>
    <header class="row row-between">
      <h2 id=${id}>${title}</h2>
      <button type="button" class="button button-quiet" aria-label="Close" onClick=${onClose}>×</button>
    </header>
    ${children}
  </dialog>`;
}

/**
 * Ask whether something shall be done. The promise is whether the person said so.
 * @param {object} asked
 * @param {string} asked.title
 * @param {any} asked.text What will happen, and whether it can be undone.
 * @param {string} asked.action What the button says.
 * @param {boolean} [asked.isDangerous]
 * @returns {Promise<boolean>}
 */
export function confirm({ title, text, action, isDangerous }) {
  return new Promise((resolve) => {
    const place = document.body.appendChild(document.createElement('div'));
    const end = (/** @type {boolean} */ answer) => {
      render(null, place);
      place.remove();
      resolve(answer);
    };
    render(
      html`<${Dialog} title=${title} onClose=${() => end(false)}>
        <${Form} submit=${action} kind=${isDangerous ? 'danger' : 'primary'} onSubmit=${async () => end(true)}>
          ${typeof text === 'string' ? html`<p>${text}</p>` : text}
        <//>
      <//>`,
      place,
    );
  });
}

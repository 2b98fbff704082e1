// Something that is folded, and made only when it is opened: long texts cost nothing before.

import { html, useState } from '../core/html.js';

/**
 * @param {object} props
 * @param {any} props.summary What is always shown.
 * @param {() => any} props.children What is shown when it is open.
 * @param {boolean} [props.isOpen] Whether it begins open.
 * @param {string} [props.name] A class of its own.
 */
export function Fold({ summary, children, isOpen = false, name = '' }) {
  const [open, setOpen] = useState(isOpen);
  return html`<details class="fold ${name}" open=${open} onToggle=${(/** @type {any} */ event) => setOpen(event.currentTarget.open)}>
    <summary>${summary}</summary>
    ${open && children()}
  </details>`;
}

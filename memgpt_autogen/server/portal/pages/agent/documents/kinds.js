// What can be loaded, and how large it may be. All of it is told by the server.

import { html } from '../../../core/html.js';
import { fileSize } from '../../../core/format.js';

/** @typedef {import('../../../core/api.js').Schemas['DocumentKindsAnswer']} Kinds */

/** @param {{kinds: Kinds | null}} props */
export function WhatCanBeRead({ kinds }) {
  if (!kinds) return null;
  return html`<details class="kinds small">
    <summary>What can be read${kinds.upload_bytes ? `, up to ${fileSize(kinds.upload_bytes)} a file` : ''}</summary>
    <dl>
      ${kinds.kinds.map((each) => html`<div key=${each.kind}><dt>${each.kind}</dt><dd>${each.suffixes.join(' ')}</dd></div>`)}
    </dl>
    <p>Other files are read if they are text, such as programs. From an address, at most ${fileSize(kinds.fetched_bytes)} are read.</p>
    <p>These must be saved otherwise first:</p>
    <ul>
      ${Object.entries(kinds.unreadable).map(([suffix, what]) => html`<li key=${suffix}><code>${suffix}</code>: ${what}</li>`)}
    </ul>
  </details>`;
}

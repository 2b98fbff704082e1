// How the server is: its parts, and what waits.

import { html } from '../../core/html.js';
import { get } from '../../core/api.js';
import { count } from '../../core/format.js';
import { useEvery, useLoaded } from '../../core/loading.js';
import { Badge, Loading } from '../../parts/states.js';

/** @typedef {import('../../core/api.js').Schemas['ServerState']} State */

/** @type {Record<string, string>} */
const PARTS = { database: 'Database', index: 'Index of passages', model: 'Model' };

export function ServerState() {
  const state = useLoaded((signal) => get('state', {}, signal), []);
  useEvery(state.reload, 5000);
  return html`<${Loading} of=${state} what="the state">
    ${(/** @type {State} */ { ready, parts, version, waiting }) => html`
      <p role="status">${ready ? html`<${Badge} kind="good">ready<//>` : html`<${Badge} kind="bad">not ready<//>`} Version ${version}</p>
      <dl class="facts">
        ${parts.map((part) => html`<div key=${part.name} class="card"><dt>${PARTS[part.name]}</dt><dd><${Badge} kind=${part.ok ? 'good' : 'bad'}>${part.ok ? 'works' : 'does not work'}<//><p dir="auto">${part.detail}</p></dd></div>`)}
      </dl>
      <h2>What runs and waits, of all users</h2>
      <dl class="facts">
        <div><dt>Turns that run</dt><dd>${count(waiting.running)}</dd></div>
        <div><dt>Turns in the queue</dt><dd>${count(waiting.queued)}${waiting.queued > 0 && html` <span class="muted">the first for ${count(Math.round(waiting.oldest_queued_seconds))} s</span>`}</dd></div>
        <div><dt>Turns that wait for an answer</dt><dd>${count(waiting.suspended)}</dd></div>
        <div><dt>Documents that are loaded</dt><dd>${count(waiting.loading)}</dd></div>
        <div><dt>Archives that wait for their index</dt><dd>${count(waiting.archives_undelivered)}</dd></div>
      </dl>
      <p class="muted small">Monitoring reads <a href=${new URL('ready', document.baseURI).href}>/ready</a> and <a href=${new URL('metrics', document.baseURI).href}>/metrics</a>.</p>
    `}
  <//>`;
}

// How much an agent may use and has used within a day, and what was done to it over the server.

import { html, useState } from '../../../core/html.js';
import { get, path, send } from '../../../core/api.js';
import { count } from '../../../core/format.js';
import { useList, useLoaded } from '../../../core/loading.js';
import { mayWrite } from '../../../core/session.js';
import { Form, TextField } from '../../../parts/controls.js';
import { notify } from '../../../parts/notices.js';
import { Empty, Listing, Loading, Meter, When } from '../../../parts/states.js';

/** @typedef {import('../../../core/api.js').Schemas['LimitsAnswer']} Limits */

/** @type {{name: 'turns_at_once' | 'turns_a_day' | 'tokens_a_day' | 'cost_a_day', used: keyof Limits['used'], text: string, step: string, hint?: string}[]} */
const FIELDS = [
  { name: 'turns_at_once', used: 'running', text: 'Turns at once', step: '1' },
  { name: 'turns_a_day', used: 'turns', text: 'Turns in 24 hours', step: '1' },
  { name: 'tokens_a_day', used: 'tokens', text: 'Tokens in 24 hours', step: '1' },
  { name: 'cost_a_day', used: 'cost', text: 'Cost in 24 hours', step: 'any', hint: 'In the currency of the setting price.' },
];

/** @param {import('../../agent.js').PartProps} props */
export function Limits({ agent }) {
  const limits = useLoaded((signal) => get(path`agents/${agent.id}/limits`, {}, signal), [agent.id]);
  return html`<${Loading} of=${limits} what="the limits">
    ${(/** @type {Limits} */ found) => html`<div class="columns">
      <section class="card stack">
        <h2>Used in the last 24 hours</h2>
        ${FIELDS.map(({ name, used, text }) => {
          const limit = found[name];
          return html`<div key=${name}>
            <h3>${text}</h3>
            ${limit === null ? html`<p>${count(found.used[used])} <span class="muted">without a limit</span></p>` : html`<${Meter} label=${text} used=${found.used[used]} limit=${limit} />`}
          </div>`;
        })}
      </section>
      ${mayWrite.value && html`<${Edit} key=${JSON.stringify({ ...found, used: null })} agent=${agent} limits=${found} onSaved=${limits.set} />`}
    </div>`}
  <//>`;
}

/** @param {{agent: import('../../agent.js').Agent, limits: Limits, onSaved: (limits: Limits) => void}} props */
function Edit({ agent, limits, onSaved }) {
  const [values, setValues] = useState(Object.fromEntries(FIELDS.map(({ name }) => [name, limits[name] === null ? '' : String(limits[name])])));
  const save = async () => {
    const body = Object.fromEntries(FIELDS.map(({ name }) => [name, values[name].trim() === '' ? null : Number(values[name])]));
    onSaved(await send('PUT', path`agents/${agent.id}/limits`, body));
    notify('The limits are saved.');
  };
  return html`<section class="card">
    <h2>Limits</h2>
    <p class="muted">An empty field limits nothing. The limits of the user and of the key count, too. A turn that would go beyond one is refused and says when to try again.</p>
    <${Form} submit="Save the limits" onSubmit=${save}>
      ${FIELDS.map(
        ({ name, text, step, hint }) => html`<${TextField} key=${name} label="Limit: ${text.toLowerCase()}" type="number" value=${values[name]} onInput=${(/** @type {string} */ value) => setValues((before) => ({ ...before, [name]: value }))} hint=${hint} rest=${{ min: '0', step, inputmode: 'decimal' }} />`,
      )}
    <//>
  </section>`;
}

/** @typedef {import('../../../core/api.js').Schemas['ActAnswer']} Act */

/** @param {import('../../agent.js').PartProps} props */
export function Acts({ agent }) {
  const acts = useList('audit', { agent: agent.id, limit: 50 });
  return html`<section class="stack">
    <p class="muted">What changed ${agent.name} through this server, under its present name. What the agent itself did is in its log and its past.</p>
    <${Listing} of=${acts} what="the audit" empty=${html`<${Empty} title="Nothing was done to it yet.">Edits, uploads and limits appear here.<//>`}>
      ${(/** @type {Act[]} */ items) => html`<div class="table-frame"><table>
        <thead><tr><th scope="col">When</th><th scope="col">What</th><th scope="col">To</th><th scope="col">By</th></tr></thead>
        <tbody>${items.map(
          (act) => html`<tr key=${act.number}>
            <td><${When} time=${act.time} /></td>
            <td>${act.action.replaceAll('_', ' ')}</td>
            <td dir="auto">${act.name ?? ''}</td>
            <td>${act.key_id ? html`key <code>${act.key_id.slice(0, 8)}</code>` : 'admin password or terminal'}</td>
          </tr>`,
        )}</tbody>
      </table></div>`}
    <//>
  </section>`;
}

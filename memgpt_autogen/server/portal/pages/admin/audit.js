// What was done: who created, changed or deleted what, without contents.

import { html, useMemo } from '../../core/html.js';
import { get } from '../../core/api.js';
import { exactTime } from '../../core/format.js';
import { useList, useLoaded } from '../../core/loading.js';
import { go, linkTo } from '../../core/router.js';
import { SelectField, TextField } from '../../parts/controls.js';
import { Empty, Listing } from '../../parts/states.js';
import { PERIODS, startOf } from '../runs/periods.js';

/** @typedef {import('../../core/api.js').Schemas['ActAnswer']} Act */

/** @param {{query: URLSearchParams}} props */
export function Audit({ query }) {
  const asked = { user: query.get('user') ?? '', action: query.get('action') ?? '', period: query.get('period') ?? '' };
  const start = useMemo(() => startOf(asked.period), [asked.period]);
  const users = useLoaded((signal) => get('users', { limit: 200 }, signal), []);
  const people = /** @type {{id: string, name: string}[]} */ (users.data?.items ?? []);
  const acts = useList('audit', { everyone: asked.user ? undefined : true, user: asked.user, action: asked.action, start });
  const choose = (/** @type {Partial<typeof asked>} */ chosen) => go(linkTo(['admin', 'audit'], { ...asked, ...chosen }), { replace: true });
  const names = new Map(people.map((each) => [each.id, each.name]));
  return html`
    <p>Who created, changed or deleted what. Words of agents and people are not in it.</p>
    <div class="filters">
      <${SelectField} label="User" value=${asked.user} options=${[['', 'All users'], ...people.map((each) => [each.name, each.name])]} onInput=${(/** @type {string} */ user) => choose({ user })} />
      <${TextField} label="Act" value=${asked.action} onInput=${(/** @type {string} */ action) => choose({ action })} rest=${{ placeholder: 'such as delete_agent', autocomplete: 'off', maxlength: 32 }} />
      <${SelectField} label="Time" value=${asked.period} options=${PERIODS} onInput=${(/** @type {string} */ period) => choose({ period })} />
    </div>
    <${Listing} of=${acts} what="the audit" empty=${html`<${Empty} title="Nothing like this was done." />`}>
      ${(/** @type {Act[]} */ items) => html`<div class="table-frame" tabindex="0" role="region" aria-label="What was done, the newest first">
        <table>
          <thead><tr><th>When</th><th>Who</th><th>Act</th><th>Of what</th></tr></thead>
          <tbody>
            ${items.map(
              (act) => html`<tr key=${act.number}>
                <td>${exactTime(act.time)}</td>
                <td><span dir="auto">${names.get(act.user_id) ?? `${act.user_id.slice(0, 8)} (deleted)`}</span> <span class="small muted">${act.key_id ? `key ${act.key_id.slice(0, 8)}` : 'password or terminal'}</span></td>
                <td><code>${act.action}</code></td>
                <td dir="auto">${act.name}</td>
              </tr>`,
            )}
          </tbody>
        </table>
      </div>`}
    <//>
  `;
}

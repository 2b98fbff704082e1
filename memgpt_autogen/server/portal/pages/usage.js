// What the agents have used: turns, tokens and cost, by day and by whom, and what is left of the limits.

import { html, useMemo } from '../core/html.js';
import { get } from '../core/api.js';
import { count } from '../core/format.js';
import { useList, useLoaded } from '../core/loading.js';
import { go, linkTo } from '../core/router.js';
import { isAdmin, me } from '../core/session.js';
import { CheckField, SelectField } from '../parts/controls.js';
import { Empty, Listing, Loading } from '../parts/states.js';
import { Tabs } from '../parts/tabs.js';
import { PERIODS, startOf } from './runs/periods.js';
import { cost } from './runs/words.js';
import { Days } from './usage/days.js';
import { Limits } from './usage/limits.js';

/** @typedef {import('../core/api.js').Schemas['UsageAnswer']} Used */

/** @type {Record<string, string>} */
const BY = { agent: 'By agent', key: 'By key', model: 'By model', user: 'By user' };

/** @type {Record<string, string>} */
const NOBODY = { agent: 'a deleted agent', key: 'without a key, or a deleted one', model: 'no model', user: 'a deleted user' };

/** The most items of an answer. */
const MOST = 200;

/** @param {{query: URLSearchParams}} props */
export default function Usage({ query }) {
  if (me.value?.agents) {
    return html`<h1>Usage</h1><${Empty} title="This key is for certain agents only, and usage is of all."><p>Log in with a key of all agents to see it.</p><//>`;
  }
  return html`<${Whole} query=${query} />`;
}

/** @param {{query: URLSearchParams}} props */
function Whole({ query }) {
  const asked = { by: query.get('by') ?? 'agent', period: query.get('period') ?? '30', of: query.get('of') ?? 'runs', everyone: query.get('everyone') ?? '' };
  const start = useMemo(() => startOf(asked.period), [asked.period]);
  const everyone = asked.everyone && isAdmin.value ? true : undefined;
  const total = useLoaded((signal) => get('usage', { by: 'total', start, everyone }, signal), [start, everyone]);
  const days = useLoaded((signal) => get('usage', { by: 'day', start, everyone, limit: MOST }, signal), [start, everyone]);
  const rows = useList('usage', { by: asked.by, start, everyone });
  const choose = (/** @type {Partial<typeof asked>} */ chosen) => go(linkTo(['usage'], { ...asked, ...chosen }), { replace: true });
  const link = (/** @type {string} */ by) => linkTo(['usage'], { ...asked, by });
  return html`
    <h1>Usage</h1>
    <div class="filters">
      <${SelectField} label="Time" value=${asked.period} options=${PERIODS.map(([value, text]) => [value || 'all', text])} onInput=${(/** @type {string} */ period) => choose({ period })} />
      <${SelectField} label="The picture shows" value=${asked.of} options=${[['runs', 'Turns'], ['tokens', 'Tokens'], ['cost', 'Cost']]} onInput=${(/** @type {string} */ of) => choose({ of })} />
      ${isAdmin.value && html`<${CheckField} label="Of all users" checked=${Boolean(everyone)} onInput=${(/** @type {boolean} */ all) => choose({ everyone: all ? '1' : '' })} />`}
    </div>
    <${Loading} of=${total} what="the sums">${(/** @type {{items: Used[]}} */ found) => html`<${Sums} used=${found.items[0]} />`}<//>
    <${Loading} of=${days} what="the days">${(/** @type {{items: Used[]}} */ found) => html`<${Days} days=${found.items} start=${start} of=${asked.of} />`}<//>
    <${Tabs} label="Added up" tabs=${Object.keys(BY).filter((by) => by !== 'user' || everyone).map((by) => ({ link: link(by), text: BY[by], isHere: by === asked.by }))} />
    <${Listing} of=${rows} what="the usage" empty=${html`<${Empty} title="Nothing was used in this time."><p><a href=${linkTo(['agents'])}>Choose an agent and say something to it</a></p><//>`}>
      ${(/** @type {Used[]} */ items) => html`<${Rows} rows=${items} by=${asked.by} />`}
    <//>
    <p class="muted small">Cost is in the currency of the setting «price», where the endpoint reports none itself. A day is a day in UTC.</p>
    <h2>Limits</h2>
    <${Limits} of=${`users/${me.value?.user.id}/limits`} />
  `;
}

/** @param {{used: Used | undefined}} props */
function Sums({ used }) {
  if (!used) return null;
  /** @type {[string, string][]} */
  const sums = [
    ['Turns', count(used.runs)],
    ['Failed', count(used.failed)],
    ['Steps', count(used.steps)],
    ['Tokens read', count(used.prompt_tokens)],
    ['Tokens written', count(used.completion_tokens)],
    ['Cost', cost(used.cost)],
  ];
  return html`<dl class="sums">${sums.map(([name, value]) => html`<div class="card"><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;
}

/** @param {{rows: Used[], by: string}} props */
function Rows({ rows, by }) {
  return html`<div class="table-frame" tabindex="0" role="region" aria-label=${BY[by]}>
    <table>
      <thead><tr><th>${BY[by].slice(3, 4).toUpperCase()}${BY[by].slice(4)}</th><th class="number">Turns</th><th class="number">Failed</th><th class="number">Steps</th><th class="number">Tokens read</th><th class="number">Tokens written</th><th class="number">Cost</th></tr></thead>
      <tbody>
        ${rows.map(
          (row) => html`<tr key=${row.key}>
            <td dir="auto">${row.name ? (by === 'agent' ? html`<a href=${linkTo(['runs'], { agent: row.name })}>${row.name}</a>` : row.name) : html`<span class="muted">${row.key && by !== 'key' ? row.key.slice(0, 8) : ''} ${NOBODY[by]}</span>`}</td>
            <td class="number">${count(row.runs)}</td>
            <td class="number">${count(row.failed)}</td>
            <td class="number">${count(row.steps)}</td>
            <td class="number">${count(row.prompt_tokens)}</td>
            <td class="number">${count(row.completion_tokens)}</td>
            <td class="number">${cost(row.cost)}</td>
          </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

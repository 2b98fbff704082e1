// The turns that the server was asked for: all of them, and each with its events.

import { html, useMemo } from '../core/html.js';
import { count } from '../core/format.js';
import { useEvery, useList } from '../core/loading.js';
import { go, linkTo } from '../core/router.js';
import { Button, SelectField } from '../parts/controls.js';
import { Empty, Listing, When } from '../parts/states.js';
import { useAgents } from './runs/agents.js';
import { OneRun } from './runs/run.js';
import { PERIODS, startOf } from './runs/periods.js';
import { cost, duration, isOver, REASONS, State, STATES } from './runs/words.js';
import { Cancel } from './runs/cancel.js';

/** @typedef {import('../core/api.js').Schemas['RunAnswer']} Run */

/** How often the list is asked for again while a run goes on, in milliseconds. */
const AGAIN = 2000;

/** How many runs a part of the list has. */
const PART = 50;

/** @param {{id?: string, query: URLSearchParams}} props */
export default function Runs({ id, query }) {
  return id ? html`<${OneRun} key=${id} id=${id} />` : html`<${RunList} query=${query} />`;
}

/** @param {{query: URLSearchParams}} props */
function RunList({ query }) {
  const agents = useAgents();
  const asked = { agent: query.get('agent') ?? '', state: query.get('state') ?? '', reason: query.get('reason') ?? '', period: query.get('period') ?? '' };
  const start = useMemo(() => startOf(asked.period), [asked.period]);
  const runs = useList('runs', { limit: PART, agent: asked.agent, state: asked.state, stop_reason: asked.reason, start });
  const isLive = runs.items !== null && runs.items.length <= PART && runs.items.some((/** @type {Run} */ run) => !isOver(run));
  useEvery(runs.reload, isLive ? AGAIN : null);
  const choose = (/** @type {Partial<typeof asked>} */ chosen) => go(linkTo(['runs'], { ...asked, ...chosen }), { replace: true });
  const isFiltered = Object.values(asked).some(Boolean);
  return html`
    <div class="row row-between">
      <h1>Runs</h1>
      <${Button} onClick=${runs.reload}>Refresh<//>
    </div>
    <div class="filters" role="search" aria-label="Which runs">
      <${SelectField} label="Agent" value=${asked.agent} options=${agents.options} onInput=${(/** @type {string} */ agent) => choose({ agent })} />
      <${SelectField} label="State" value=${asked.state} options=${[['', 'Any'], ...Object.entries(STATES)]} onInput=${(/** @type {any} */ state) => choose({ state })} />
      <${SelectField} label="Ended because" value=${asked.reason} options=${[['', 'Any'], ...Object.entries(REASONS)]} onInput=${(/** @type {string} */ reason) => choose({ reason })} />
      <${SelectField} label="Asked for" value=${asked.period} options=${PERIODS} onInput=${(/** @type {string} */ period) => choose({ period })} />
    </div>
    <${Listing} of=${runs} what="the runs" empty=${html`<${NoRuns} isFiltered=${isFiltered} />`}>
      ${(/** @type {Run[]} */ items) => html`<${Table} runs=${items} names=${agents.names} reload=${runs.reload} />`}
    <//>
  `;
}

/** @param {{isFiltered: boolean}} props */
function NoRuns({ isFiltered }) {
  return isFiltered
    ? html`<${Empty} title="No run is like this."><p><a href=${linkTo(['runs'])}>Show all runs</a></p><//>`
    : html`<${Empty} title="No agent was asked for anything yet.">
        <p>Each turn of an agent is listed here: what it heard, what it did, and what that cost.</p>
        <p><a href=${linkTo(['agents'])}>Choose an agent and say something to it</a></p>
      <//>`;
}

/** @param {{runs: Run[], names: Map<string, string>, reload: () => Promise<void>}} props */
function Table({ runs, names, reload }) {
  return html`<div class="table-frame" tabindex="0" role="region" aria-label="Runs, the newest first">
    <table class="runs">
      <thead>
        <tr><th>Asked for</th><th>Agent</th><th>State</th><th class="number">Steps</th><th class="number">Tokens</th><th class="number">Cost</th><th class="number">Took</th><td></td></tr>
      </thead>
      <tbody>
        ${runs.map(
          (run) => html`<tr key=${run.id}>
              <td><a href=${linkTo(['runs', run.id])}><${When} time=${run.created} /><span class="visually-hidden">, run of ${names.get(run.agent_id) ?? run.agent_id.slice(0, 8)}</span></a></td>
              <td><a href=${linkTo(['agents', run.agent_id, 'chat'])} dir="auto">${names.get(run.agent_id) ?? run.agent_id.slice(0, 8)}</a></td>
              <td><${State} run=${run} />${run.error && html`<p class="small run-error" dir="auto">${run.error}</p>`}</td>
              <td class="number">${count(run.steps)}</td>
              <td class="number">${count(run.prompt_tokens + run.completion_tokens)}</td>
              <td class="number">${cost(run.cost)}</td>
              <td class="number">${duration(run)}</td>
              <td>${!isOver(run) && html`<${Cancel} run=${run} onDone=${reload} />`}</td>
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

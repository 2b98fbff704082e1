// Agents as cards and as a table: who they are, what was said last, and what they do now.

import { html } from '../../core/html.js';
import { count, counted } from '../../core/format.js';
import { referenceTo } from '../../core/names.js';
import { linkTo } from '../../core/router.js';
import { Button } from '../../parts/controls.js';
import { When } from '../../parts/states.js';
import { Doing } from './activity.js';

/** @typedef {import('../../core/api.js').Schemas['AgentAnswer']} Agent */

/**
 * @typedef {object} Acts What can be done with an agent; null where the person may not.
 * @property {((agent: Agent) => void) | null} fork
 * @property {((agent: Agent) => Promise<unknown>) | null} remove
 */

/** @param {{agents: Agent[], acts: Acts}} props */
export function Cards({ agents, acts }) {
  return html`<ul class="grid agents">
    ${agents.map(
      (agent) => html`<li key=${agent.id} class="card agent-card">
        <div class="row row-between">
          <h2><${Name} agent=${agent} /></h2>
          <${Doing} id=${agent.id} known=${agent.overview.activity} />
        </div>
        <p class="line muted small" dir="auto" title=${agent.overview.persona}>${agent.overview.persona}</p>
        ${agent.overview.human && html`<p class="line muted small" dir="auto" title=${agent.overview.human}>${agent.overview.human}</p>`}
        <${LastWords} agent=${agent} />
        <div class="agent-foot small">
          <span class="muted">${agent.active_at ? html`<${When} time=${agent.active_at} /> · ` : ''}${counted(agent.messages, 'message')} · ${counted(agent.overview.tokens_today, 'token')} today</span>
          <${Actions} agent=${agent} acts=${acts} />
        </div>
      </li>`,
    )}
  </ul>`;
}

/** @param {{agents: Agent[], acts: Acts}} props */
export function Table({ agents, acts }) {
  return html`<div class="table-frame" tabindex="0" role="region" aria-label="Agents">
    <table>
      <thead>
        <tr>
          <th scope="col">Name</th>
          <th scope="col">Now</th>
          <th scope="col">Last words</th>
          <th scope="col">Active</th>
          <th scope="col" class="number">Messages</th>
          <th scope="col" class="number">Tokens today</th>
          <th scope="col"><span class="visually-hidden">Actions</span></th>
        </tr>
      </thead>
      <tbody>
        ${agents.map(
          (agent) => html`<tr key=${agent.id}>
            <th scope="row" class="agent-name"><${Name} agent=${agent} /></th>
            <td><${Doing} id=${agent.id} known=${agent.overview.activity} /></td>
            <td class="agent-words"><${LastWords} agent=${agent} /></td>
            <td><${When} time=${agent.active_at} /></td>
            <td class="number">${count(agent.messages)}</td>
            <td class="number">${count(agent.overview.tokens_today)}</td>
            <td><${Actions} agent=${agent} acts=${acts} /></td>
          </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

/** @param {{agent: Agent}} props */
function Name({ agent }) {
  return html`<a href=${linkTo(['agents', referenceTo(agent), 'chat'])} dir="auto">${agent.name}</a>`;
}

/** @param {{agent: Agent}} props */
function LastWords({ agent }) {
  const last = agent.overview.last_words;
  if (!last) return html`<p class="last-words muted">Nothing was said yet.</p>`;
  return html`<p class="last-words"><span class="muted"><bdi>${last.speaker ?? agent.name}</bdi>: </span><bdi>${last.text}</bdi></p>`;
}

/** @param {{agent: Agent, acts: Acts}} props */
function Actions({ agent, acts }) {
  return html`<span class="row agent-acts">
    ${acts.fork && html`<${Button} kind="quiet" label="Fork ${agent.name}" onClick=${() => acts.fork?.(agent)}>Fork<//>`}
    ${acts.remove && html`<${Button} kind="quiet" label="Delete ${agent.name}" onClick=${() => acts.remove?.(agent)}>Delete<//>`}
  </span>`;
}

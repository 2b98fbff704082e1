// The events of a run, in order.

import { html } from '../../core/html.js';
import { counted } from '../../core/format.js';
import { linkTo } from '../../core/router.js';
import { Markdown } from '../../parts/markdown.js';
import { readable } from '../agent/chat/items.js';
import { REASONS } from './words.js';

/** @typedef {import('./run.js').RunEvent} RunEvent */

/** @param {{events: RunEvent[], agent: string, isLive: boolean}} props */
export function EventList({ events, agent, isLive }) {
  return html`<ol class="run-events" aria-live=${isLive ? 'polite' : undefined}>
    ${events.map((event) => html`<li key=${event.number} class="card run-event"><${OneEvent} event=${event} agent=${agent} /></li>`)}
    ${isLive && html`<li class="muted"><span class="spinner" aria-hidden="true"></span> It goes on …</li>`}
  </ol>`;
}

/** @param {{event: RunEvent, agent: string}} props */
function OneEvent({ event: { kind, data }, agent }) {
  switch (kind) {
    case 'heard':
      return html`<h3>Heard <span class="muted" dir="auto">${data.message?.name ?? data.name ?? ''}</span></h3><p class="said" dir="auto">${data.message?.text ?? data.text}</p>`;
    case 'thought':
      return html`<h3>Thought</h3><p class="said muted" dir="auto">${data.text}</p>`;
    case 'tool_called':
      return html`<details><summary>Called <code>${data.call?.name ?? data.name}</code></summary><pre dir="auto">${readable(data.call?.arguments ?? data.arguments ?? '')}</pre></details>`;
    case 'tool_returned':
      return html`<details open=${data.ok === false}><summary>${data.ok === false ? 'Failed' : 'Result of'} <code>${data.call?.name ?? data.name}</code></summary><pre dir="auto">${readable(data.text)}</pre></details>`;
    case 'replied':
      return html`<h3>Said</h3><${Markdown} text=${data.text} />`;
    case 'pressure_warned':
      return html`<p>The prompt is nearly full: ${counted(data.prompt_tokens, 'token')} of ${data.window_tokens}.</p>`;
    case 'evicted':
      return html`<p>${counted(data.messages, 'message')} left the prompt. <a href=${linkTo(['agents', agent, 'window'])}>See the window</a></p>`;
    case 'suspended':
      return html`<p>It waits for an answer to ${(data.calls ?? []).map((/** @type {any} */ each) => each.name).join(', ')}.</p>`;
    case 'error':
      return html`<h3>Failed</h3><p dir="auto">${data.text}</p>`;
    case 'turn_ended':
      return html`<p class="muted">The turn ended after ${counted(data.steps, 'step')}: ${REASONS[data.stop_reason] ?? data.stop_reason}.</p>`;
    case 'heartbeat_limit_reached':
      return html`<p>A limit was reached: ${REASONS[data.reason] ?? data.reason}. The agent could only answer then.</p>`;
    default:
      return html`<details><summary>${kind}</summary><pre dir="auto">${JSON.stringify(data, null, 2)}</pre></details>`;
  }
}

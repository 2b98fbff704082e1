// The window of an agent: what its next prompt contains, section by section, and what left it.

import { html, useEffect } from '../../core/html.js';
import { get, path } from '../../core/api.js';
import { count, counted, percent } from '../../core/format.js';
import { useEvery, useLoaded } from '../../core/loading.js';
import { linkTo } from '../../core/router.js';
import { Badge, Loading } from '../../parts/states.js';
import { Evictions } from './window/evictions.js';
import { Bar, Request, Sections } from './window/prompt.js';

/** @typedef {import('../../core/api.js').Schemas['WindowAnswer']} Window */

/** How often it is asked whether anything happened, in milliseconds. */
const EVERY = 3000;

/** @param {import('../agent.js').PartProps} props */
export default function WindowPage({ agent, query }) {
  const at = /^\d+$/.test(query.get('at') ?? '') ? Number(query.get('at')) : null;
  const shown = useLoaded((signal) => get(path`agents/${agent.id}/window`, { at }, signal), [agent.id, at]);
  const look = async () => {
    const seen = /** @type {Window | null} */ (shown.data);
    if (shown.isLoading || !seen) return;
    const now = await get(path`agents/${agent.id}`).catch(() => null);
    if (now && now.seq !== seen.seq) await shown.reload();
  };
  useEvery(look, at === null ? EVERY : null);
  useEffect(() => {
    document.getElementById('window-past')?.focus();
  }, [at]);
  return html`<div class="stack window">
    ${at !== null && html`<${Past} agent=${agent} at=${at} />`}
    <${Loading} of=${shown} what="the window">${(/** @type {Window} */ window) => html`<${Shown} agent=${agent} window=${window} isPast=${at !== null} />`}<//>
    <${Evictions} agent=${agent} seq=${at ?? shown.data?.seq ?? null} isPast=${at !== null} reload=${shown.reload} />
  </div>`;
}

/** @param {{agent: import('../agent.js').Agent, at: number}} props */
function Past({ agent, at }) {
  return html`<div class="note note-warn row row-between" id="window-past" tabindex="-1">
    <p>
      ${at === 0 ? 'This is the window at the start' : `This is the window as it was after entry ${count(at)} of the log`}, with the tools of today, and with
      nothing shortened.
    </p>
    <span class="row">
      <a href=${linkTo(['agents', agent.name, 'past'], { at })}>Everything of that time</a>
      <a class="button" href=${linkTo(['agents', agent.name, 'window'])}>Show the window of now</a>
    </span>
  </div>`;
}

/** @param {{agent: import('../agent.js').Agent, window: Window, isPast: boolean}} props */
function Shown({ agent, window, isPast }) {
  return html`
    <section class="card stack" aria-labelledby="window-fill">
      <h2 id="window-fill" aria-live=${isPast ? undefined : 'polite'}>
        ${count(window.prompt_tokens)} of ${count(window.window_tokens)} tokens
        <span class="muted"> ${percent(window.prompt_tokens, window.window_tokens)}</span>
      </h2>
      <${Bar} window=${window} />
      ${!isPast &&
      window.limit_tokens !== null &&
      window.prompt_tokens > window.limit_tokens &&
      html`<p class="note note-warn">This is more than what is sent. The next turn begins with an eviction of the oldest messages.</p>`}
      <p class="small muted row">
        <span>${window.exact ? 'Counted by the tokenizer of the model.' : "Estimated, and corrected by what the model's endpoint counts."}</span>
        ${window.brief && html`<${Badge} kind="warn">written briefly, because the window is small<//>`}
      </p>
      <${Sections} window=${window} />
      <${Outside} agent=${agent} window=${window} />
    </section>
    <${Request} window=${window} isPast=${isPast} />
  `;
}

/** @param {{agent: import('../agent.js').Agent, window: Window}} props */
function Outside({ agent, window }) {
  const passages = window.archival_passages;
  return html`<p class="small">
    Outside of the window, and found by a search:${' '}
    <a href=${linkTo(['agents', agent.name, 'search'])}>${counted(window.recall_messages, 'message')} in recall</a>,${' '}
    <a href=${linkTo(['agents', agent.name, 'memory', 'archival'])}>
      ${passages === null ? 'archival memory, which cannot be reached now' : `${counted(passages, 'passage')} in archival memory`}</a
    >${window.archival_pending > 0 && `, of which ${count(window.archival_pending)} wait for their vectors`}.
  </p>`;
}

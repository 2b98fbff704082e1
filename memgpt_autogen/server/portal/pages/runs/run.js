// One run: what was said, what the agent did, why it ended, and what it used.

import { html, useEffect, useState } from '../../core/html.js';
import { ApiProblem, get, path } from '../../core/api.js';
import { follow } from '../../core/following.js';
import { count, counted, exactTime, shortTime } from '../../core/format.js';
import { asProblem, useEvery, useLoaded } from '../../core/loading.js';
import { linkTo } from '../../core/router.js';
import { isAdmin, me } from '../../core/session.js';
import { callIt } from '../../core/title.js';
import { Problem } from '../../parts/controls.js';
import { Loading } from '../../parts/states.js';
import { useAgents } from './agents.js';
import { Cancel } from './cancel.js';
import { EventList } from './events.js';
import { cost, duration, isOver, REASONS, State } from './words.js';

/** @typedef {import('./words.js').Run} Run */
/** @typedef {{number: number, kind: string, data: any}} RunEvent */

/** @param {{id: string}} props */
export function OneRun({ id }) {
  const run = useLoaded((signal) => get(path`runs/${id}`, {}, signal), [id]);
  const agents = useAgents();
  const name = agents.names.get(run.data?.agent_id) ?? 'the agent';
  useEffect(() => callIt(id, `Run of ${name}`), [name]);
  useEvery(run.reload, run.data && !isOver(run.data) ? 2000 : null);
  return html`
    <p><a href=${linkTo(['runs'])}>All runs</a></p>
    <h1>Run of ${html`<span dir="auto">${name}</span>`}</h1>
    <${Loading} of=${run} what="the run">
      ${(/** @type {Run} */ found) => html`<${Facts} run=${found} reload=${run.reload} /><${Events} run=${found} reload=${run.reload} />`}
    <//>
  `;
}

/** @param {{run: Run, reload: () => Promise<void>}} props */
function Facts({ run, reload }) {
  const log = (/** @type {Record<string, any>} */ query) => linkTo(['agents', run.agent_id, 'chat'], query);
  return html`
    <div class="row run-state" role="status"><${State} run=${run} />${run.place > 0 && html`<span>${counted(run.place, 'run')} of the agent before it</span>`}${!isOver(run) && html`<${Cancel} run=${run} onDone=${reload} />`}</div>
    ${run.error && html`<div class="note note-bad"><p dir="auto">${run.error}</p><p><a href=${log({})}>Open the chat, and ask again</a></p></div>`}
    ${run.state === 'suspended' && html`<div class="note note-warn"><p>It waits for ${(run.waiting ?? []).map((each) => each.name).join(', ')}${run.expires_at ? `, until ${shortTime(run.expires_at)}` : ''}.</p><p><a href=${log({})}>Answer in the chat</a></p></div>`}
    <section class="card" aria-label="What was asked">
      ${run.said?.length
        ? run.said.map((said) => html`<p class="said" dir="auto"><b>${said.speaker ?? 'you'}:</b> ${said.text}</p>`)
        : html`<p class="muted">${ACTS[run.act] ?? run.act}</p>`}
      ${run.heard_seq && html`<p><a href=${log({ seq: run.heard_seq })}>Show it in the log of the agent</a></p>`}
    </section>
    <dl class="facts">
      <div><dt>Asked for</dt><dd>${exactTime(run.created)}</dd></div>
      <div><dt>By</dt><dd><${Asker} run=${run} /></dd></div>
      <div><dt>Took</dt><dd>${duration(run)}</dd></div>
      ${run.stop_reason && html`<div><dt>Ended because</dt><dd>${REASONS[run.stop_reason] ?? run.stop_reason}</dd></div>`}
      <div><dt>Model</dt><dd>${run.model ?? '–'}</dd></div>
      <div><dt>Steps</dt><dd>${count(run.steps)}</dd></div>
      <div><dt>Tokens read</dt><dd>${count(run.prompt_tokens)}</dd></div>
      <div><dt>Tokens written</dt><dd>${count(run.completion_tokens)}</dd></div>
      <div><dt>Cost</dt><dd>${cost(run.cost)}</dd></div>
    </dl>
  `;
}

/** @type {Record<string, string>} */
const ACTS = { login: 'Somebody came, and said nothing yet.', heartbeat: 'Nobody said anything: the agent acted by itself.', retry: 'The agent answered its last message again.' };

/** Whose key asked. @param {{run: Run}} props */
function Asker({ run }) {
  const user = me.value?.user.id ?? '';
  const keys = useLoaded(async (signal) => (run.key_id && !me.value?.agents ? get(path`users/${user}/keys`, { limit: 200 }, signal) : { items: [] }), [run.key_id]);
  if (!run.key_id) return html`the admin password, or a program on the server's machine`;
  const key = keys.data?.items.find((/** @type {any} */ each) => each.id === run.key_id);
  return key ? html`the key <b dir="auto">${key.name}</b>` : html`${isAdmin.value ? 'a key of another user, or' : ''} a key that was deleted`;
}

/** @param {{run: Run, reload: () => Promise<void>}} props */
function Events({ run, reload }) {
  const [events, setEvents] = useState(/** @type {RunEvent[]} */ ([]));
  const [problem, setProblem] = useState(/** @type {ApiProblem | null} */ (null));
  useEffect(() => {
    const stop = new AbortController();
    const ended = (/** @type {{kind: string, data: any}} */ { kind, data }) => kind === 'error' || (kind === 'turn_ended' && data.stop_reason !== 'suspended');
    const load = async () => {
      const known = await get(path`runs/${run.id}/events`, {}, stop.signal);
      setEvents(known.items);
      if (['ended', 'failed', 'cancelled'].includes(known.state)) return;
      const last = known.items.at(-1);
      await follow(path`runs/${run.id}/events`, {
        signal: stop.signal,
        after: last ? `${run.id}:${last.number}` : null,
        isLast: ended,
        onEvent: ({ kind, id, data }) => {
          if (id) setEvents((before) => [...before, { number: Number(id.split(':').pop()), kind, data }]);
        },
      });
      await reload();
    };
    load().catch((error) => stop.signal.aborted || setProblem(asProblem(error)));
    return () => stop.abort();
  }, [run.id]);
  return html`
    <h2>What happened</h2>
    ${problem && (problem.status === 410 ? html`<p class="note">${problem.message.split('.')[0]}. What was said is in <a href=${linkTo(['agents', run.agent_id, 'chat'])}>the log of the agent</a>.</p>` : html`<${Problem} problem=${problem} />`)}
    <${EventList} events=${events} agent=${run.agent_id} isLive=${!isOver(run)} />
  `;
}

// Two agents with one past, side by side: what each has learned since, and what both answer to one question.

import { html, useEffect, useState } from '../../../core/html.js';
import { get, path, send } from '../../../core/api.js';
import { count } from '../../../core/format.js';
import { useLoaded } from '../../../core/loading.js';
import { go, linkTo } from '../../../core/router.js';
import { mayTalk, mayWrite } from '../../../core/session.js';
import { Button, Form, SelectField, TextField } from '../../../parts/controls.js';
import { Dialog } from '../../../parts/dialogs.js';
import { notify, notifyProblem } from '../../../parts/notices.js';
import { Badge, Empty, Loading } from '../../../parts/states.js';
import { Answer, useAsking } from './asking.js';
import { MessageCounts, TextDifferences, Words } from './moment.js';

/** @typedef {import('../../../core/api.js').Schemas['ForkAnswer']} Relative */

/** @type {Record<Relative['relation'], string>} */
const RELATIONS = { fork: 'a fork', origin: 'its origin', sibling: 'another fork of its origin', copy: 'a copy' };

/** @param {import('../../agent.js').PartProps} props */
export function FuturesView({ agent, query }) {
  const relatives = useLoaded((signal) => get(path`agents/${agent.id}/forks`, { limit: 200 }, signal), [agent.id]);
  const [isForking, setForking] = useState(false);
  const choose = (/** @type {string} */ name) => go(linkTo(['agents', agent.name, 'past', 'futures'], { with: name }), { replace: true });
  return html`<div class="stack">
    ${isForking && html`<${ForkDialog} agent=${agent.name} at=${agent.seq} onClose=${() => (setForking(false), relatives.reload())} />`}
    <${Loading} of=${relatives} what="the forks">
      ${(/** @type {{items: Relative[]}} */ { items }) => {
        const fork = mayWrite.value && html`<${Button} onClick=${() => setForking(true)}>Fork ${agent.name} now<//>`;
        if (items.length === 0)
          return html`<${Empty} title="${agent.name} has one future only.">
            <p>A fork begins with the same memory and goes its own way. Then you can ask both the same question here.</p>
            <p>To begin it at an earlier moment, choose that moment under «Moments».</p>
            ${fork}
          <//>`;
        const other = items.find((each) => each.name === query.get('with')) ?? items[0];
        return html`
          <div class="row">
            <div class="grow"><${SelectField} label="Put beside ${agent.name}" value=${other.name} onInput=${choose} options=${items.map((each) => [each.name, `${each.name}: ${RELATIONS[each.relation]}, one past until entry ${count(each.common_seq)}`])} /></div>
            ${fork}
          </div>
          <${Both} key=${other.id} agent=${agent} other=${other} />
        `;
      }}
    <//>
  </div>`;
}

/** @param {{agent: import('../../agent.js').Agent, other: Relative}} props */
function Both({ agent, other }) {
  const [question, setQuestion] = useState('');
  const names = [agent.name, other.name];
  const { rounds, ask, stop, isRunning, ended } = useAsking(names);
  const sent = async () => {
    const asked = question.trim();
    if (!asked || isRunning) return;
    setQuestion('');
    await ask(asked);
  };
  const typed = (/** @type {KeyboardEvent} */ event) => {
    if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      sent();
    }
  };
  return html`
    ${mayTalk.value
      ? html`<form class="past-ask" onSubmit=${(/** @type {Event} */ event) => (event.preventDefault(), sent())}>
          <${TextField} label="Ask both the same" rows=${2} value=${question} onInput=${setQuestion} hint="Both hear it, remember it, and answer. Enter sends; Shift and Enter begin a new line." rest=${{ onKeyDown: typed }} />
          <div class="row row-end">
            ${isRunning && html`<${Button} onClick=${stop}>Stop both<//>`}
            <${Button} type="submit" kind="primary" busy=${isRunning} disabled=${!question.trim()}>Ask both<//>
          </div>
        </form>`
      : html`<p class="muted">Your key may not talk to agents, so you cannot ask them here.</p>`}
    ${rounds.toReversed().map(
      (round) => html`<section class="stack" key=${round.number} aria-label="Question ${round.number}">
        <p class="past-question" dir="auto"><strong>You asked both:</strong> ${round.question}</p>
        <div class="past-two">
          ${names.map((name, place) => html`<${Answer} key=${name} agent=${name} state=${round.answers[place]} />`)}
        </div>
      </section>`,
    )}
    <div class="past-two">
      <${Column} id=${agent.id} relation="this agent" common=${other.common_seq} ended=${ended} />
      <${Column} id=${other.id} relation=${RELATIONS[other.relation]} common=${other.common_seq} ended=${ended} />
    </div>
  `;
}

/** @typedef {import('./timeline.js').Entry} Entry */

// how many of the newest entries are looked through for words
const NEWEST = 30;

/**
 * @param {object} props
 * @param {string} props.id
 * @param {string} props.relation
 * @param {number} props.common The newest entry that both have.
 * @param {number} props.ended How many answers have come; each is a reason to look again.
 */
export function Column({ id, relation, common, ended }) {
  const found = useLoaded(
    async (signal) => {
      const agent = await get(path`agents/${id}`, {}, signal);
      const [difference, log] = await Promise.all([
        get(path`agents/${id}/diff`, { from: Math.min(common, agent.seq), to: agent.seq }, signal),
        get(path`agents/${id}/log`, { kind: ['message', 'spoken', 'step'], limit: NEWEST }, signal),
      ]);
      const said = log.items.filter((/** @type {Entry} */ entry) => entry.seq > common && entry.spoken !== null);
      return { agent, difference, said: said.reverse() };
    },
    [id, common],
  );
  useEffect(() => {
    if (ended) found.reload();
  }, [ended]);
  return html`<section class="card stack">
    <${Loading} of=${found} what="what it knows">
      ${(/** @type {{agent: any, difference: any, said: Entry[]}} */ { agent, difference, said }) => html`
        <div class="row row-between">
          <h2><a dir="auto" href=${linkTo(['agents', agent.name, 'chat'])}>${agent.name}</a></h2>
          <${Badge} kind="accent">${relation}<//>
        </div>
        <p class="muted">Its own since entry ${count(common)}, now at entry ${count(agent.seq)}. <a href=${linkTo(['agents', agent.name, 'past'], { at: common })}>The last moment of both</a></p>
        <h3>Learned since</h3>
        <${TextDifferences} of=${difference} none="Its core memory is as it was." />
        <${MessageCounts} of=${difference} />
        <details>
          <summary>Said since</summary>
          ${said.length === 0 && html`<p class="muted">Nothing.</p>`}
          <${Words} agent=${agent.name} items=${said} />
        </details>
      `}
    <//>
  </section>`;
}

// the most characters of an agent's name
const LONGEST = 64;

/**
 * @param {object} props
 * @param {string} props.agent The agent's name.
 * @param {number} props.at The newest entry of the fork.
 * @param {() => void} props.onClose
 */
export function ForkDialog({ agent, at, onClose }) {
  const [name, setName] = useState('');
  useEffect(() => {
    freeName(agent, at).then(setName, notifyProblem);
  }, [agent, at]);
  const fork = async () => {
    const made = await send('POST', path`agents/${agent}/fork`, { name: name.trim(), at });
    notify(`${made.name} is there. It begins with entry ${count(at)} of ${agent}.`);
    onClose();
    return made.name;
  };
  return html`<${Dialog} title="Fork ${agent} at entry ${count(at)}" onClose=${onClose}>
    <${Form}
      submit="Fork and open it"
      disabled=${!name.trim()}
      onSubmit=${async () => go(linkTo(['agents', await fork(), 'chat']))}
      actions=${html`<${Button} disabled=${!name.trim()} onClick=${async () => go(linkTo(['agents', agent, 'past', 'futures'], { with: await fork() }))}>Fork and put both side by side<//>`}
    >
      <p>The fork is a new agent. It knows what ${agent} knew then: blocks, messages, summary and passages of that time. Nothing that it does changes ${agent}.</p>
      <${TextField} label="Name of the fork" value=${name} onInput=${setName} required hint="Up to 64 characters, without spaces." rest=${{ maxlength: LONGEST, autocomplete: 'off' }} />
    <//>
  <//>`;
}

/**
 * Propose a name that no agent has.
 * @param {string} agent
 * @param {number} at
 */
async function freeName(agent, at) {
  const base = `${agent.slice(0, LONGEST - 14)}-at-${at}`;
  const found = await get('agents', { search: base, limit: 200 });
  const taken = new Set(found.items.map((/** @type {{name: string}} */ each) => each.name));
  let name = base;
  for (let number = 2; taken.has(name); number += 1) name = `${base}-${number}`;
  return name;
}

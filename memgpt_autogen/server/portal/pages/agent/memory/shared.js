// What an agent shares with others: blocks, which are one text for all agents that have them, and archives.

import { html, useState } from '../../../core/html.js';
import { get, path, send } from '../../../core/api.js';
import { counted } from '../../../core/format.js';
import { useLoaded } from '../../../core/loading.js';
import { linkTo } from '../../../core/router.js';
import { mayShare, mayWrite } from '../../../core/session.js';
import { Button, Form, SelectField } from '../../../parts/controls.js';
import { confirm, Dialog } from '../../../parts/dialogs.js';
import { notify } from '../../../parts/notices.js';
import { Badge, Empty, Loading, Meter, When } from '../../../parts/states.js';
import { hasDraft, TextEditor, textSize } from './editor.js';
import { GrantsDialog, SharedArchives } from './shared_archives.js';

/** @typedef {import('../../../core/api.js').Schemas['SharedBlockAnswer']} SharedBlock */
/** @typedef {import('../../../core/api.js').Schemas['ArchiveAnswer']} SharedArchive */
/** @typedef {import('../../../core/api.js').Schemas['GrantAnswer']} Grant */
/** @typedef {import('../../../core/api.js').Schemas['GrantsAnswer']} Grants */
/** @typedef {import('../../agent.js').Agent} Agent */

/**
 * @typedef {object} Everything
 * @property {SharedBlock[]} blocks
 * @property {SharedArchive[]} archives
 * @property {Grants} blockGrants
 * @property {Grants} archiveGrants
 * @property {string[]} own The labels of the agent's blocks that are its own.
 * @property {string[]} has The labels of its shared blocks.
 * @property {import('./archival.js').Archive[]} reads
 * @property {string[]} agents The names of the other agents.
 */

/** @param {{agent: import('../../agent.js').Agent}} props */
export function Shared({ agent }) {
  const found = useLoaded(async (signal) => (mayShare.value ? load(agent, signal) : null), [agent.id, mayShare.value]);
  if (!mayShare.value) return html`<${Empty} title="Your key is for certain agents">What is shared is of all agents, so this key does not see it.<//>`;
  return html`<${Loading} of=${found} what="what is shared">
    ${(/** @type {Everything} */ all) => html`
      <${SharedBlocks} agent=${agent} all=${all} reload=${found.reload} />
      <${SharedArchives} agent=${agent} all=${all} reload=${found.reload} />
    `}
  <//>`;
}

/**
 * @param {import('../../agent.js').Agent} agent
 * @param {AbortSignal} signal
 * @returns {Promise<Everything>}
 */
async function load(agent, signal) {
  const every = { limit: 200 };
  const [blocks, archives, blockGrants, archiveGrants, mine, reads, agents] = await Promise.all([
    get('blocks', every, signal),
    get('archives', every, signal),
    get('grants/blocks', {}, signal),
    get('grants/archives', {}, signal),
    get(path`agents/${agent.id}/blocks`, every, signal),
    get(path`agents/${agent.id}/archives`, {}, signal),
    get('agents', every, signal),
  ]);
  const labels = (/** @type {boolean} */ shared) => mine.items.filter((/** @type {any} */ block) => block.shared === shared).map((/** @type {any} */ block) => block.label);
  return {
    blocks: blocks.items,
    archives: archives.items,
    blockGrants,
    archiveGrants,
    own: labels(false),
    has: labels(true),
    reads: reads.items,
    agents: agents.items.map((/** @type {any} */ each) => each.name).filter((/** @type {string} */ name) => name !== agent.name),
  };
}

/** @param {{agent: Agent, all: Everything, reload: () => Promise<void>}} props */
export function SharedBlocks({ agent, all, reload }) {
  const own = new Set(all.blocks.map((block) => block.label));
  const received = all.blockGrants.received.filter((grant) => !own.has(grant.name));
  return html`<section class="stack" aria-labelledby="memory-shared-blocks">
    <h2 id="memory-shared-blocks">Shared blocks</h2>
    ${all.blocks.length + received.length === 0 &&
    html`<${Empty} title="No block is shared">
      <p>A shared block is one text for several agents. Under <a href=${linkTo(['agents', agent.name, 'memory'])}>Core</a>, press «Share …» at a block, or make a new one.</p>
    <//>`}
    <ul class="memory-blocks">
      ${all.blocks.map((block) => html`<li key=${block.id} class="card"><${OneBlock} agent=${agent} block=${block} all=${all} reload=${reload} /></li>`)}
      ${received.map(
        (grant) => html`<li key=${grant.id} class="card">
          <div class="row row-between"><h3 dir="auto">${grant.name}</h3><${Badge}>of another user<//></div>
          <p>Your agents may ${grant.may === 'write' ? 'read and change' : 'read'} it.</p>
          <${GiveOrTake} agent=${agent} label=${grant.name} all=${all} reload=${reload} />
        </li>`,
      )}
    </ul>
  </section>`;
}

/** @param {{agent: Agent, block: SharedBlock, all: Everything, reload: () => Promise<void>}} props */
function OneBlock({ agent, block, all, reload }) {
  const place = path`blocks/${block.id}`;
  const [open, setOpen] = useState(/** @type {'' | 'edit' | 'give' | 'grants'} */ (hasDraft(place) ? 'edit' : ''));
  const given = all.blockGrants.given.filter((grant) => grant.id === block.id);
  const without = all.agents.filter((name) => !block.agents.includes(name));
  const isHeld = block.agents.length + block.others > 0;
  const remove = async () => {
    if (!(await confirm({ title: `Delete ${block.label}?`, text: 'No agent has this block. Its text is deleted, and nobody is let use it any more.', action: 'Delete it', isDangerous: true }))) return;
    await send('DELETE', place, undefined, { ifMatch: `"${block.revision}"` });
    await reload();
    document.getElementById('content')?.focus();
  };
  return html`
    <div class="row row-between">
      <h3 dir="auto">${block.label}</h3>
      <span class="small muted">changed <${When} time=${block.updated_at} /></span>
    </div>
    ${open === 'edit'
      ? html`<${TextEditor} place=${place} current=${block} limit=${block.limit} what="shared block ${block.label}" onSaved=${reload} onEnd=${() => setOpen('')} />`
      : html`<div class="memory-text" dir="auto">${block.value}</div>
          <${Meter} label="Use of ${block.label}" used=${textSize(block.value)} limit=${block.limit} unit="characters" />`}
    <p>
      ${isHeld ? 'Who has it: ' : 'No agent has it yet. '}
      ${block.agents.map((name, place) => html`${place > 0 && ', '}<a href=${linkTo(['agents', name, 'memory'])} dir="auto">${name}</a>`)}
      ${block.others > 0 && `${block.agents.length ? ', and ' : ''}${counted(block.others, 'agent')} of other users`}
    </p>
    ${mayWrite.value &&
    open !== 'edit' &&
    html`<div class="row">
      <${GiveOrTake} agent=${agent} label=${block.label} all=${all} reload=${reload} />
      <${Button} kind="quiet" label="Edit for all: ${block.label}" onClick=${() => setOpen('edit')}>Edit for all<//>
      ${without.length > 0 && html`<${Button} kind="quiet" label="Give to another agent: ${block.label}" onClick=${() => setOpen('give')}>Give to another agent …<//>`}
      <${Button} kind="quiet" label="Other users (${given.length}): ${block.label}" onClick=${() => setOpen('grants')}>Other users (${given.length}) …<//>
      ${!isHeld && html`<${Button} kind="quiet" onClick=${remove}>Delete …<//>`}
    </div>`}
    ${open === 'give' && html`<${GiveDialog} label=${block.label} agents=${without} onClose=${() => setOpen('')} onGiven=${reload} />`}
    ${open === 'grants' && html`<${GrantsDialog} what="blocks" id=${block.id} name=${block.label} given=${given} onClose=${() => setOpen('')} onChanged=${reload} />`}
  `;
}

/** @param {{agent: Agent, label: string, all: Everything, reload: () => Promise<void>}} props */
function GiveOrTake({ agent, label, all, reload }) {
  if (!mayWrite.value) return null;
  if (all.own.includes(label)) return html`<span class="small muted">${agent.name} has a block of its own with this label.</span>`;
  const take = async () => {
    await send('DELETE', path`agents/${agent.id}/blocks/${label}`);
    await reload();
    notify(`${agent.name} has ${label} no more.`);
  };
  const give = async () => {
    await giveTo(agent.id, label);
    await reload();
    notify(`${agent.name} has ${label} now.`);
  };
  return all.has.includes(label)
    ? html`<${Button} onClick=${take} label="Take from ${agent.name}: ${label}">Take from ${agent.name}<//>`
    : html`<${Button} onClick=${give} label="Give to ${agent.name}: ${label}">Give to ${agent.name}<//>`;
}

/**
 * @param {string} agent
 * @param {string} label
 */
const giveTo = (agent, label) => send('PUT', path`agents/${agent}/blocks/${label}`, { value: '', shared: true }, { ifAbsent: true });

/** @param {{label: string, agents: string[], onClose: () => void, onGiven: () => Promise<void>}} props */
function GiveDialog({ label, agents, onClose, onGiven }) {
  const [name, setName] = useState(agents[0]);
  const give = async () => {
    await giveTo(name, label);
    onClose();
    await onGiven();
    notify(`${name} has ${label} now.`);
  };
  return html`<${Dialog} title="Give ${label} to another agent" onClose=${onClose}>
    <${Form} submit="Give it" onSubmit=${give}>
      <${SelectField} label="Agent" value=${name} options=${agents} onInput=${setName} hint="It sees the text in each prompt, and can change it for all." />
    <//>
  <//>`;
}

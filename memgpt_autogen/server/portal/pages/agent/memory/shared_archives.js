// The archives that an agent reads, and which other users may use what one user shares.

import { html, useState } from '../../../core/html.js';
import { get, path, send } from '../../../core/api.js';
import { counted } from '../../../core/format.js';
import { useLoaded } from '../../../core/loading.js';
import { linkTo } from '../../../core/router.js';
import { isAdmin, mayWrite, me } from '../../../core/session.js';
import { Button, Form, SelectField, TextField } from '../../../parts/controls.js';
import { confirm, Dialog } from '../../../parts/dialogs.js';
import { notify } from '../../../parts/notices.js';
import { Badge, Empty } from '../../../parts/states.js';

/** @typedef {import('./shared.js').Everything} Everything */
/** @typedef {import('./shared.js').SharedArchive} SharedArchive */
/** @typedef {import('../../agent.js').Agent} Agent */

/** @param {{agent: Agent, all: Everything, reload: () => Promise<void>}} props */
export function SharedArchives({ agent, all, reload }) {
  const [open, setOpen] = useState(/** @type {'' | 'new' | 'attach'} */ (''));
  const reads = new Set(all.reads.map((each) => each.id));
  const others = [
    ...all.archives.filter((each) => !reads.has(each.id)),
    ...all.archiveGrants.received.filter((grant) => !reads.has(grant.id)).map((grant) => ({ id: grant.id, name: grant.name })),
  ];
  return html`<section class="stack memory-archives" aria-labelledby="memory-archives">
    <div class="row row-between">
      <h2 id="memory-archives">Archives that ${agent.name} reads</h2>
      ${mayWrite.value &&
      html`<span class="row">
        ${others.length > 0 && html`<${Button} onClick=${() => setOpen('attach')}>Attach an archive …<//>`}
        <${Button} onClick=${() => setOpen('new')}>New archive …<//>
      </span>`}
    </div>
    <ul class="memory-blocks">
      ${all.reads.map(
        (archive) => html`<li key=${archive.id} class="card">
          <${OneArchive} agent=${agent} archive=${archive} shared=${all.archives.find((each) => each.id === archive.id)} all=${all} reload=${reload} />
        </li>`,
      )}
    </ul>
    ${all.archives.length === 0 && html`<${Empty} title="No archive is shared">A shared archive is read by several agents: make one, and attach it to each of them.<//>`}
    <${Unread} archives=${all.archives.filter((each) => !reads.has(each.id))} reload=${reload} />
    ${open === 'new' && html`<${NewArchive} agent=${agent} onClose=${() => setOpen('')} onMade=${reload} />`}
    ${open === 'attach' && html`<${Attach} agent=${agent} archives=${others} onClose=${() => setOpen('')} onAttached=${reload} />`}
  </section>`;
}

/**
 * @param {object} props
 * @param {Agent} props.agent
 * @param {import('./archival.js').Archive} props.archive
 * @param {SharedArchive} [props.shared]
 * @param {Everything} props.all
 * @param {() => Promise<void>} props.reload
 */
function OneArchive({ agent, archive, shared, all, reload }) {
  const [isGranting, setGranting] = useState(false);
  const given = all.archiveGrants.given.filter((grant) => grant.id === archive.id);
  const name = archive.name ?? `${agent.name}'s own`;
  const detach = async () => {
    await send('DELETE', path`agents/${agent.id}/archives/${archive.id}`);
    await reload();
    notify(`${agent.name} no longer reads ${name}.`);
  };
  return html`
    <div class="row row-between">
      <h3 dir="auto">${name}</h3>
      <span class="row">${archive.own && html`<${Badge} kind="accent">stores its passages here<//>`}${archive.granted && html`<${Badge}>of another user<//>`}</span>
    </div>
    <p>
      <a href=${linkTo(['agents', agent.name, 'memory', 'archival'], { archive: archive.own ? null : archive.id })}>
        ${archive.passages === null ? 'It cannot be reached now' : counted(archive.passages, 'passage')}</a
      >${shared && html`<span class="muted">, read by ${shared.agents.join(', ')}${shared.others > 0 && ` and ${counted(shared.others, 'agent')} of other users`}</span>`}
    </p>
    ${mayWrite.value &&
    html`<div class="row">
      ${!archive.own && html`<${Button} label="Detach ${name}" onClick=${detach}>Detach<//>`}
      ${shared && html`<${Button} kind="quiet" label="Other users (${given.length}): ${name}" onClick=${() => setGranting(true)}>Other users (${given.length}) …<//>`}
    </div>`}
    ${isGranting && html`<${GrantsDialog} what="archives" id=${archive.id} name=${name} given=${given} onClose=${() => setGranting(false)} onChanged=${reload} />`}
  `;
}

/** @param {{archives: SharedArchive[], reload: () => Promise<void>}} props */
function Unread({ archives, reload }) {
  const unused = archives.filter((archive) => archive.agents.length + archive.others === 0);
  if (!unused.length || !mayWrite.value) return null;
  const remove = async (/** @type {SharedArchive} */ archive) => {
    const text = 'It is deleted with all of its passages, for good. No agent reads it.';
    if (!(await confirm({ title: `Delete ${archive.name}?`, text, action: 'Delete it', isDangerous: true }))) return;
    const gone = await send('DELETE', path`archives/${archive.id}`);
    await reload();
    notify(`${archive.name} was deleted, with ${counted(gone.passages, 'passage')}.`);
    document.getElementById('content')?.focus();
  };
  return html`<div>
    <h3>Archives that no agent reads</h3>
    <ul class="memory-grants">
      ${unused.map((archive) => html`<li key=${archive.id} class="row row-between"><span dir="auto">${archive.name}</span><${Button} kind="quiet" label="Delete ${archive.name}" onClick=${() => remove(archive)}>Delete …<//></li>`)}
    </ul>
  </div>`;
}

/** @param {{agent: Agent, onClose: () => void, onMade: () => Promise<void>}} props */
function NewArchive({ agent, onClose, onMade }) {
  const [name, setName] = useState('');
  const make = async () => {
    const made = await send('POST', 'archives', { name: name.trim() });
    await send('PUT', path`agents/${agent.id}/archives/${made.id}`);
    onClose();
    await onMade();
    notify(`${agent.name} reads ${made.name} now.`);
  };
  return html`<${Dialog} title="New archive" onClose=${onClose}>
    <${Form} submit="Make and attach it" disabled=${!name.trim()} onSubmit=${make}>
      <${TextField} label="Name" value=${name} onInput=${setName} required rest=${{ autofocus: true, maxlength: 120, autocomplete: 'off' }} hint="Each agent that it is attached to reads its passages." />
    <//>
  <//>`;
}

/** @param {{agent: Agent, archives: {id: string, name: string}[], onClose: () => void, onAttached: () => Promise<void>}} props */
function Attach({ agent, archives, onClose, onAttached }) {
  const [id, setId] = useState(archives[0].id);
  const attach = async () => {
    const chosen = archives.find((each) => each.id === id) ?? archives[0];
    // an archive of another user is meant by its name
    await send('PUT', path`agents/${agent.id}/archives/${chosen.name}`);
    onClose();
    await onAttached();
    notify(`${agent.name} reads ${chosen.name} now.`);
  };
  return html`<${Dialog} title="Attach an archive" onClose=${onClose}>
    <${Form} submit="Attach it" onSubmit=${attach}>
      <${SelectField} label="Archive" value=${id} options=${archives.map((each) => /** @type {[string, string]} */ ([each.id, each.name]))} onInput=${setId} hint="${agent.name} finds its passages, and stores its own where it did." />
    <//>
  <//>`;
}

/**
 * @param {object} props
 * @param {'blocks' | 'archives'} props.what
 * @param {string} props.id
 * @param {string} props.name
 * @param {import('./shared.js').Grant[]} props.given
 * @param {() => void} props.onClose
 * @param {() => Promise<void>} props.onChanged
 */
export function GrantsDialog({ what, id, name, given, onClose, onChanged }) {
  const [user, setUser] = useState('');
  const [may, setMay] = useState('read');
  const users = useLoaded(async (signal) => (isAdmin.value ? get('users', { limit: 200 }, signal) : { items: [] }), []);
  const names = /** @type {string[]} */ ((users.data?.items ?? []).map((/** @type {any} */ each) => each.name).filter((/** @type {string} */ each) => each !== me.value?.user.name));
  const place = (/** @type {string} */ other) => path`${what}/${id}/grants/${other}`;
  const grant = async () => {
    await send('PUT', place(user || names[0]), { may: what === 'archives' ? 'read' : may });
    setUser('');
    await onChanged();
  };
  const revoke = async (/** @type {string} */ other) => {
    await send('DELETE', place(other));
    await onChanged();
  };
  return html`<${Dialog} title="Other users of ${name}" onClose=${onClose}>
    ${given.length > 0
      ? html`<ul class="memory-grants">
          ${given.map(
            (each) => html`<li key=${each.user} class="row row-between">
              <span><strong dir="auto">${each.user}</strong> may ${each.may === 'write' ? 'read and change it' : 'read it'}</span>
              <${Button} kind="quiet" label="Take it away from ${each.user}" onClick=${() => revoke(each.user)}>Take away<//>
            </li>`,
          )}
        </ul>`
      : html`<p class="muted">Only your agents use it.</p>`}
    ${users.isLoading ? null : html`<${Form} submit="Let them use it" disabled=${!user.trim() && names.length === 0} onSubmit=${grant}>
      ${names.length > 0
        ? html`<${SelectField} label="User" value=${user || names[0]} options=${names} onInput=${setUser} />`
        : html`<${TextField} label="Name of the user" value=${user} onInput=${setUser} rest=${{ autocomplete: 'off' }} />`}
      ${what === 'blocks'
        ? html`<${SelectField} label="May" value=${may} options=${[['read', 'read it'], ['write', 'read and change it']]} onInput=${setMay} />`
        : html`<p class="small muted">Other users can only read an archive.</p>`}
    <//>`}
  <//>`;
}

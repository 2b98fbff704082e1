// What an agent is called, what it runs on, its texts, its file, and its end.

import { html, useState } from '../../../core/html.js';
import { apiAddress, ApiProblem, get, path, send } from '../../../core/api.js';
import { count, counted } from '../../../core/format.js';
import { useLoaded } from '../../../core/loading.js';
import { go, linkTo } from '../../../core/router.js';
import { mayWrite } from '../../../core/session.js';
import { Button, Form, SelectField, TextField } from '../../../parts/controls.js';
import { confirm, Dialog } from '../../../parts/dialogs.js';
import { notify } from '../../../parts/notices.js';
import { Loading } from '../../../parts/states.js';
import { Model } from './model.js';

/** @typedef {import('../../agent.js').PartProps} PartProps */
/** @typedef {import('../../../core/api.js').Schemas['BlockAnswer']} Block */

/** @param {PartProps} props */
export function General({ agent, reload }) {
  return html`
    <div class="columns">
      <div class="stack">
        ${mayWrite.value && html`<${Name} agent=${agent} />`}
        <${Model} agent=${agent} />
        <${Keeping} agent=${agent} reload=${reload} />
      </div>
      <${Texts} agent=${agent} />
    </div>
    ${mayWrite.value && html`<${End} agent=${agent} />`}
  `;
}

/** @param {{agent: PartProps['agent']}} props */
function Name({ agent }) {
  const [name, setName] = useState(agent.name);
  const rename = async () => {
    const changed = await send('PATCH', path`agents/${agent.id}`, { name: name.trim() });
    notify(`The agent is called ${changed.name} now.`);
    go(linkTo(['agents', changed.name, 'settings']), { replace: true });
  };
  return html`<section class="card">
    <h2>Name</h2>
    <${Form} submit="Rename" onSubmit=${rename} disabled=${!name.trim() || name.trim() === agent.name}>
      <${TextField} label="Name of the agent" value=${name} onInput=${setName} required hint="Up to 64 characters, without spaces. Programs that use the name need the new one; the id stays." rest=${{ maxlength: 64, autocomplete: 'off' }} />
      <p class="muted small">Id: <code>${agent.id}</code></p>
    <//>
  </section>`;
}

/** @param {{agent: PartProps['agent']}} props */
function Texts({ agent }) {
  const [kept, setKept] = useState(/** @type {Block | null} */ (null));
  return html`<section class="card stack">
    <h2>Who it is and whom it knows</h2>
    <p class="muted">Blocks are always in the prompt. <a href=${linkTo(['agents', agent.name, 'memory'])}>Edit them in its memory</a>.</p>
    ${agent.blocks.map(
      (block) => html`<article key=${block.label}>
        <div class="row row-between">
          <h3 dir="auto">${block.label}</h3>
          <span class="muted small">${count([...block.value].length)} of ${counted(block.limit, 'character')}</span>
        </div>
        ${block.value ? html`<p class="settings-text" dir="auto">${block.value}</p>` : html`<p class="muted">empty</p>`}
        ${mayWrite.value && block.value.trim() && html`<${Button} label="Save as template: ${block.label}" onClick=${() => setKept(block)}>Save as template<//>`}
      </article>`,
    )}
    ${kept && html`<${TemplateDialog} agent=${agent.name} block=${kept} onClose=${() => setKept(null)} />`}
  </section>`;
}

/** Export, and eviction now. @param {{agent: PartProps['agent'], reload: () => Promise<void>}} props */
function Keeping({ agent, reload }) {
  const compact = async () => {
    const text = 'Half of the messages in the prompt are evicted into the summary now. The log keeps every word, and searches find it. This cannot be undone.';
    if (!(await confirm({ title: 'Evict now?', text, action: 'Evict half' }))) return;
    const done = await send('POST', path`agents/${agent.id}/compact`);
    notify(done.evicted ? `${counted(done.messages, 'message')} evicted: ${count(done.tokens_before)} tokens before, ${count(done.tokens_after)} now.` : 'There was nothing to evict.');
    await reload();
  };
  return html`<section class="card stack">
    <h2>Keep and shorten</h2>
    <p>All that it remembers is in one file, which any home can import under «Agents». The file is not encrypted.</p>
    <div class="row">
      <a class="button" href=${apiAddress(path`agents/${agent.id}/export`).href} download="${agent.name}.zip">Export to a file</a>
      ${mayWrite.value && html`<${Button} onClick=${compact}>Evict half of the prompt<//>`}
    </div>
  </section>`;
}

/** @param {{agent: PartProps['agent']}} props */
function End({ agent }) {
  const [isAsked, setAsked] = useState(false);
  return html`<section class="card row row-between">
    <div class="grow">
      <h2>Delete</h2>
      <p class="muted">Deletes the agent with everything that belongs to it alone, for good. Export it first if you may want it back.</p>
    </div>
    <${Button} kind="danger" onClick=${() => setAsked(true)}>Delete ${agent.name}<//>
    ${isAsked && html`<${DeleteDialog} agent=${agent} onClose=${() => setAsked(false)} />`}
  </section>`;
}

/**
 * @param {object} props
 * @param {string} props.agent
 * @param {import('../../../core/api.js').Schemas['BlockAnswer']} props.block
 * @param {() => void} props.onClose
 */
export function TemplateDialog({ agent, block, onClose }) {
  const [kind, setKind] = useState(block.label === 'persona' ? 'persona' : 'human');
  const [name, setName] = useState(agent.replace(/[^\p{L}\p{N}_-]+/gu, '-'));
  const [isThere, setThere] = useState(false);
  const place = path`templates/${kind}/${name.trim()}`;
  const keep = async () => {
    if (!isThere && (await exists(place))) {
      setThere(true);
      return;
    }
    await send('PUT', place, { text: block.value });
    notify(`The ${kind} ${name.trim()} is among the templates.`);
    onClose();
  };
  return html`<${Dialog} title="Save ${block.label} as a template" onClose=${onClose}>
    <${Form} submit=${isThere ? 'Replace it' : 'Save'} kind=${isThere ? 'danger' : 'primary'} onSubmit=${keep} disabled=${!name.trim()}>
      <${SelectField} label="Kind" value=${kind} onInput=${(/** @type {string} */ value) => (setKind(value), setThere(false))} options=${[['persona', 'Persona: who an agent is'], ['human', 'Human: whom it talks with']]} />
      <${TextField} label="Name of the template" value=${name} onInput=${(/** @type {string} */ value) => (setName(value), setThere(false))} required hint="Letters, digits, _ and -." rest=${{ maxlength: 64, autocomplete: 'off' }} />
      ${isThere && html`<p class="note note-warn" role="alert">There is a ${kind} of this name already. Replace its text, or give another name.</p>`}
    <//>
  <//>`;
}

/** @param {string} place */
async function exists(place) {
  try {
    await get(place);
    return true;
  } catch (error) {
    if (error instanceof ApiProblem && error.status === 404) return false;
    throw error;
  }
}

/** @typedef {import('../../../core/api.js').Schemas['RemovedAnswer']} Removed */

/** @param {{agent: import('../../agent.js').Agent, onClose: () => void}} props */
export function DeleteDialog({ agent, onClose }) {
  const [typed, setTyped] = useState('');
  const would = useLoaded(() => send('DELETE', path`agents/${agent.id}`, undefined, { query: { dry_run: true } }), [agent.id]);
  const remove = async () => {
    await send('DELETE', path`agents/${agent.id}`);
    notify(`${agent.name} is deleted.`);
    go(linkTo(['agents']));
    onClose();
  };
  return html`<${Dialog} title="Delete ${agent.name}?" onClose=${onClose}>
    <${Loading} of=${would} what="what that deletes">
      ${(/** @type {Removed} */ found) => html`<${Form} submit="Delete for good" kind="danger" onSubmit=${remove} disabled=${typed !== agent.name}>
        <p>This deletes ${counted(found.messages, 'message')}, ${counted(found.passages, 'passage')} and ${counted(found.blocks.length, 'block')}${found.blocks.length ? ` (${found.blocks.join(', ')})` : ''}. It cannot be undone.</p>
        ${found.left.length > 0 && html`<p>Shared blocks stay, since other agents have them: ${found.left.join(', ')}.</p>`}
        ${Object.keys(found.heard_by).length > 0 && html`<p>Other agents have heard it and remember that: ${Object.entries(found.heard_by).map(([name, number]) => `${name} (${counted(number, 'message')})`).join(', ')}.</p>`}
        ${found.forks.length > 0 && html`<p>Its forks stay: ${found.forks.join(', ')}.</p>`}
        <${TextField} label="Type ${agent.name} to delete it" value=${typed} onInput=${setTyped} rest=${{ autocomplete: 'off', spellcheck: false }} />
      <//>`}
    <//>
  <//>`;
}

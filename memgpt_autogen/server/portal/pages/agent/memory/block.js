// One block of core memory: its text, its editor, its history, and what else can be done with it.

import { html, useEffect, useRef, useState } from '../../../core/html.js';
import { path, send } from '../../../core/api.js';
import { useList } from '../../../core/loading.js';
import { linkTo } from '../../../core/router.js';
import { mayShare, mayWrite } from '../../../core/session.js';
import { Button } from '../../../parts/controls.js';
import { confirm } from '../../../parts/dialogs.js';
import { Diff } from '../../../parts/diff.js';
import { Fold } from '../../../parts/fold.js';
import { notify } from '../../../parts/notices.js';
import { Badge, Listing, Meter, When } from '../../../parts/states.js';
import { BlockShape } from './block_forms.js';
import { hasDraft, TextEditor, textSize } from './editor.js';

/** @typedef {import('./core.js').Block} Block */
/** @typedef {import('../../../core/api.js').Schemas['SharedBlockAnswer']} SharedBlock */
/** @typedef {import('../../../core/api.js').Schemas['ChangeAnswer']} Change */

/**
 * @param {object} props
 * @param {import('../../agent.js').Agent} props.agent
 * @param {Block} props.block
 * @param {SharedBlock} [props.holders] Who has it, if it is shared and that may be known.
 * @param {() => Promise<void>} props.onChanged
 */
export function BlockCard({ agent, block, holders, onChanged }) {
  const place = path`agents/${agent.id}/blocks/${block.label}`;
  const [isEditing, setEditing] = useState(hasDraft(place));
  const [isShaping, setShaping] = useState(false);
  const edit = useRef(/** @type {HTMLDivElement | null} */ (null));
  const ended = () => {
    setEditing(false);
    requestAnimationFrame(() => /** @type {HTMLElement | null | undefined} */ (edit.current?.querySelector('button'))?.focus());
  };
  const undo = async () => {
    await send('POST', `${place}/undo`, undefined, { ifMatch: `"${block.revision}"` });
    await onChanged();
    notify(`The newest edit of ${block.label} was taken back.`);
  };
  return html`
    <div class="row row-between">
      <h3 dir="auto">${block.label}</h3>
      <span class="row">
        ${block.read_only && html`<${Badge} kind="warn">the agent may only read it<//>`}
        ${block.shared && html`<${Badge} kind="accent">shared${holders ? html` with ${others(agent, holders)}` : ''}<//>`}
      </span>
    </div>
    ${block.description && html`<p class="muted small" dir="auto">${block.description}</p>`}
    ${isEditing
      ? html`<${TextEditor} place=${place} current=${block} limit=${block.limit} what="block ${block.label}" onSaved=${onChanged} onEnd=${ended} />`
      : html`
          ${block.value ? html`<div class="memory-text" dir="auto">${block.value}</div>` : html`<p class="muted">It is empty.</p>`}
          <${Meter} label="Use of ${block.label}" used=${textSize(block.value)} limit=${block.limit} unit="characters" />
        `}
    <div class="row" ref=${edit}>
      ${mayWrite.value &&
      !isEditing &&
      html`
        <${Button} onClick=${() => setEditing(true)} rest=${{ 'aria-label': `Edit ${block.label}` }}>Edit<//>
        <${Button} kind="quiet" label="Undo the newest edit of ${block.label}" onClick=${undo}>Undo<//>
        <${Button} kind="quiet" label="Limit and description of ${block.label}" onClick=${() => setShaping(true)}>Limit …<//>
        ${!block.shared && mayShare.value && html`<${Button} kind="quiet" label="Share ${block.label}" onClick=${() => share(agent, block, onChanged)}>Share …<//>`}
        <${Button} kind="quiet" label="Remove ${block.label}" onClick=${() => remove(place, agent, block, onChanged)}>Remove …<//>
      `}
      ${block.shared && html`<a href=${linkTo(['agents', agent.name, 'memory', 'shared'])}>Who has it</a>`}
    </div>
    <${Fold} summary=${html`History<span class="visually-hidden"> of ${block.label}</span>`} name="memory-history">
      ${() => html`<${BlockHistory} agent=${agent} block=${block} place=${place} onChanged=${onChanged} />`}
    <//>
    ${isShaping && html`<${BlockShape} place=${place} block=${block} onClose=${() => setShaping(false)} onChanged=${onChanged} />`}
  `;
}

/**
 * @param {import('../../agent.js').Agent} agent
 * @param {SharedBlock} holders
 */
function others(agent, holders) {
  const names = holders.agents.filter((name) => name !== agent.name);
  if (holders.others) names.push(`${holders.others} of other users`);
  return names.length ? names.join(', ') : 'nobody else yet';
}

/**
 * @param {import('../../agent.js').Agent} agent
 * @param {Block} block
 * @param {() => Promise<void>} onChanged
 */
async function share(agent, block, onChanged) {
  const isSure = await confirm({
    title: `Share ${block.label}?`,
    text: 'Other agents of yours can get this block then. All that have it see one text, and each can change it for all. It keeps its history. It cannot be made unshared; but each agent can give it up.',
    action: 'Share it',
  });
  if (!isSure) return;
  await send('POST', path`agents/${agent.id}/blocks/${block.label}/share`);
  await onChanged();
  notify(`${block.label} is shared now. Under «Shared» you give it to other agents.`);
}

/**
 * @param {string} place
 * @param {import('../../agent.js').Agent} agent
 * @param {Block} block
 * @param {() => Promise<void>} onChanged
 */
async function remove(place, agent, block, onChanged) {
  const isSure = await confirm({
    title: `Remove ${block.label}?`,
    text: block.shared
      ? `${agent.name} has this block no more. It stays for the other agents.`
      : `${agent.name} has this block no more. Its texts stay in the agent's past, and can be read there.`,
    action: 'Remove it',
    isDangerous: true,
  });
  if (!isSure) return;
  await send('DELETE', place, undefined, { ifMatch: `"${block.revision}"` });
  await onChanged();
  notify(`${block.label} was removed.`);
  document.getElementById('content')?.focus();
}

/**
 * @param {object} props
 * @param {import('../../agent.js').Agent} props.agent
 * @param {import('./core.js').Block} props.block
 * @param {string} props.place
 * @param {() => Promise<void>} props.onChanged
 */
export function BlockHistory({ agent, block, place, onChanged }) {
  /** @type {import('../../../core/loading.js').Listed<Change>} */
  const changes = useList(path`agents/${agent.id}/blocks/${block.label}/history`, { limit: 10 });
  const seen = useRef(block.revision);
  useEffect(() => {
    if (seen.current !== block.revision) changes.reload();
    seen.current = block.revision;
  }, [block.revision]);
  const write = async (/** @type {string} */ value) => {
    await send('PATCH', place, { value }, { ifMatch: `"${block.revision}"` });
    await onChanged();
    notify('The earlier text is in the block again.');
  };
  return html`<${Listing} of=${changes} what="the history" empty=${html`<p class="muted">There is no change yet.</p>`}>
    ${(/** @type {Change[]} */ items) => html`<ol class="memory-changes">
      ${items.map(
        (change) => html`<li key=${change.seq}>
          <p class="row small">
            <strong>${did(agent, change)}</strong>
            <${When} time=${change.time} />
            <a href=${linkTo(['agents', agent.name, 'past'], { at: change.seq })}>Memory at that time</a>
            ${mayWrite.value &&
            change.after !== null &&
            change.after !== block.value &&
            html`<${Button} kind="quiet" onClick=${() => write(change.after ?? '')}>Write this text again<//>`}
          </p>
          ${change.what !== 'shape' && change.what !== 'detach' && html`<${Diff} before=${change.before} after=${change.after} label="Change of the text" />`}
        </li>`,
      )}
    </ol>`}
  <//>`;
}

/**
 * Return who did what.
 * @param {import('../../agent.js').Agent} agent
 * @param {Change} change
 */
function did(agent, change) {
  if (change.by) return `${change.by} changed it`;
  switch (change.what) {
    case 'block':
      return 'The first text';
    case 'edit':
      return `${agent.name} changed it`;
    case 'set':
      return 'Changed from outside, by a person or a program';
    case 'shape':
      return 'Its limit, its description or who may change it was changed';
    case 'detach':
      return 'It was taken away';
    case 'undo':
      return `Change ${change.of} was taken back`;
    case 'redo':
      return `Change ${change.of} was done again`;
    default:
      return change.what;
  }
}

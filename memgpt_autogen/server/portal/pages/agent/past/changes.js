// The changes of an agent's memory as a list: who changed what and when, and what can be taken back.

import { html, useState } from '../../../core/html.js';
import { get, path, send } from '../../../core/api.js';
import { count, counted } from '../../../core/format.js';
import { useList, useLoaded } from '../../../core/loading.js';
import { mayWrite } from '../../../core/session.js';
import { Button, SelectField } from '../../../parts/controls.js';
import { confirm } from '../../../parts/dialogs.js';
import { notify } from '../../../parts/notices.js';
import { Badge, Empty, Listing, When } from '../../../parts/states.js';
import { Diff } from '../../../parts/diff.js';
import { changeName, MARKS, markOf } from './timeline.js';

/** @typedef {import('./timeline.js').Change} Change */

// a longer difference is folded
const LONG = 500;

/**
 * @param {object} props
 * @param {import('../../agent.js').Agent} props.agent
 * @param {(seq: number) => void} props.onGo Show this moment.
 * @param {() => Promise<void>} props.onChanged Something was taken back, or done again.
 */
export function ChangesView({ agent, onGo, onChanged }) {
  const [kind, setKind] = useState('');
  const [label, setLabel] = useState('');
  const what = MARKS.find((mark) => mark.name === kind)?.whats ?? [];
  const changes = useList(path`agents/${agent.name}/history`, { what, label, limit: 20 });
  const undoable = useLoaded((signal) => get(path`agents/${agent.name}/history`, { limit: 1 }, signal), [agent.name, agent.seq]);
  const standing = /** @type {number[]} */ (undoable.data?.standing ?? []);
  const undone = /** @type {number[]} */ (undoable.data?.undone ?? []);

  const act = async (/** @type {'undo' | 'redo'} */ way, /** @type {number} */ steps) => {
    const done = await send('POST', path`agents/${agent.name}/${way}`, { steps });
    notify(`${counted(done.items.length, 'change')} ${way === 'undo' ? 'taken back' : 'done again'}.`);
    await Promise.all([onChanged(), changes.reload(), undoable.reload()]);
  };
  const undo = async (/** @type {number} */ steps) => {
    if (steps > 1) {
      const text = `The newest ${counted(steps, 'change')} are taken back, one after the other. Redo does them again.`;
      if (!(await confirm({ title: 'Take them back?', text, action: `Take back ${steps} changes` }))) return;
    }
    await act('undo', steps);
  };

  return html`<section class="stack">
    <div class="row row-between">
      <h2>Changes</h2>
      ${mayWrite.value &&
      html`<span class="row">
        <${Button} disabled=${standing.length === 0} onClick=${() => undo(1)}>Undo the newest<//>
        <${Button} disabled=${undone.length === 0} onClick=${() => act('redo', 1)}>Redo<//>
      </span>`}
    </div>
    <div class="row">
      <div class="grow"><${SelectField} label="What" value=${kind} onInput=${setKind} options=${[['', 'Everything'], ...MARKS.map((mark) => /** @type {[string, string]} */ ([mark.name, mark.text]))]} /></div>
      <div class="grow"><${SelectField} label="Block" value=${label} onInput=${setLabel} options=${[['', 'All blocks'], ...agent.blocks.map((block) => block.label)]} /></div>
    </div>
    <${Listing} of=${changes} what="the changes" empty=${html`<${Empty} title="No such change.">${kind || label ? 'Choose «Everything» and «All blocks» to see all of them.' : 'Edits, evictions and what you take back appear here.'}<//>`}>
      ${(/** @type {Change[]} */ items) => html`<ol class="past-changes">
        ${items.map(
          (change) => html`<${Row} key=${`${change.seq} ${change.what}`} change=${change} steps=${change.what === 'eviction' ? 0 : standing.indexOf(change.seq) + 1} onGo=${onGo} onUndo=${undo} />`,
        )}
      </ol>`}
    <//>
  </section>`;
}

/**
 * @param {object} props
 * @param {Change} props.change
 * @param {number} props.steps How many changes are taken back with it; 0 if it cannot be.
 * @param {(seq: number) => void} props.onGo
 * @param {(steps: number) => Promise<void>} props.onUndo
 */
function Row({ change, steps, onGo, onUndo }) {
  const size = (change.before?.length ?? 0) + (change.after?.length ?? 0);
  const undoText = steps === 1 ? 'Undo' : `Undo to here (${steps})`;
  const difference = html`<${Diff} before=${change.before} after=${change.after} />`;
  return html`<li class="card past-change past-change-${markOf(change.what)}">
    <div class="row row-between">
      <span class="row">
        <strong dir="auto">${changeName(change)}</strong>
        <span class="muted small">entry ${count(change.seq)} · <${When} time=${change.time} /></span>
        ${steps === 1 && html`<${Badge} kind="accent">undone next<//>`}
      </span>
      <span class="row">
        <${Button} label="Show this moment: ${changeName(change)}, entry ${change.seq}" onClick=${() => onGo(change.seq)}>Show this moment<//>
        ${steps > 0 && mayWrite.value && html`<${Button} label="${undoText}: ${changeName(change)}, entry ${change.seq}" onClick=${() => onUndo(steps)}>${undoText}<//>`}
      </span>
    </div>
    ${change.before === change.after || size === 0
      ? null
      : size > LONG
        ? html`<details><summary>${change.what === 'eviction' ? 'The summary' : 'The texts'}</summary>${difference}</details>`
        : difference}
  </li>`;
}

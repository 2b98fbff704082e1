// The forms of a block: a new one, and what a block has besides its text.

import { html, useState } from '../../../core/html.js';
import { path, send } from '../../../core/api.js';
import { count } from '../../../core/format.js';
import { mayShare } from '../../../core/session.js';
import { CheckField, Form, TextField } from '../../../parts/controls.js';
import { Dialog } from '../../../parts/dialogs.js';
import { notify } from '../../../parts/notices.js';
import { textSize } from './editor.js';

/** The characters of a block without another limit. */
const LIMIT = 2000;

/**
 * @param {object} props
 * @param {import('../../agent.js').Agent} props.agent
 * @param {() => void} props.onClose
 * @param {() => Promise<void>} props.onMade
 */
export function NewBlock({ agent, onClose, onMade }) {
  const [label, setLabel] = useState('');
  const [value, setValue] = useState('');
  const [description, setDescription] = useState('');
  const [limit, setLimit] = useState(String(LIMIT));
  const [isReadOnly, setReadOnly] = useState(false);
  const [isShared, setShared] = useState(false);
  const make = async () => {
    const body = { value, description, limit: Number(limit), read_only: isReadOnly, shared: isShared };
    await send('PUT', path`agents/${agent.id}/blocks/${label.trim()}`, body, { ifAbsent: true });
    onClose();
    await onMade();
    notify(`${agent.name} has the block ${label.trim()} now.`);
  };
  return html`<${Dialog} title="New block" onClose=${onClose}>
    <${Form} submit="Make the block" disabled=${!label.trim()} onSubmit=${make}>
      <${TextField} label="Label" value=${label} onInput=${setLabel} required hint="Letters, digits, _ and -, such as project. It stays as it is." rest=${{ autofocus: true, maxlength: 64, autocomplete: 'off' }} />
      <${TextField} label="Text" value=${value} onInput=${setValue} rows=${5} hint="${count(textSize(value))} of ${count(Number(limit) || 0)} characters" />
      <${TextField} label="What it is for" value=${description} onInput=${setDescription} hint="The agent reads this, too." />
      <${LimitField} value=${limit} onInput=${setLimit} />
      <${CheckField} label="The agent may only read it" checked=${isReadOnly} onInput=${setReadOnly} />
      ${mayShare.value && html`<${CheckField} label="Share it" checked=${isShared} onInput=${setShared} hint="If there is a shared block of this label, the agent gets that one, with its text." />`}
    <//>
  <//>`;
}

/**
 * @param {object} props
 * @param {string} props.place
 * @param {import('./core.js').Block} props.block
 * @param {() => void} props.onClose
 * @param {() => Promise<void>} props.onChanged
 */
export function BlockShape({ place, block, onClose, onChanged }) {
  const [limit, setLimit] = useState(String(block.limit));
  const [description, setDescription] = useState(block.description);
  const [isReadOnly, setReadOnly] = useState(block.read_only);
  const used = textSize(block.value);
  const change = async () => {
    await send('PATCH', place, { limit: Number(limit), description, read_only: isReadOnly }, { ifMatch: `"${block.revision}"` });
    onClose();
    await onChanged();
    notify('Saved.');
  };
  return html`<${Dialog} title="Limit and description of ${block.label}" onClose=${onClose}>
    <${Form} submit="Save" onSubmit=${change}>
      <${LimitField} value=${limit} onInput=${setLimit} hint="The text has ${count(used)} characters now." />
      <${TextField} label="What it is for" value=${description} onInput=${setDescription} rows=${3} hint="The agent reads this, too." />
      <${CheckField} label="The agent may only read it" checked=${isReadOnly} onInput=${setReadOnly} hint="You can change it all the same." />
      ${block.shared && html`<p class="note note-warn">Limit and description are those of all agents that have this block.</p>`}
    <//>
  <//>`;
}

/** @param {{value: string, onInput: (value: string) => void, hint?: string}} props */
function LimitField({ value, onInput, hint }) {
  return html`<${TextField} label="Limit, in characters" type="number" value=${value} onInput=${onInput} hint=${hint} required rest=${{ min: 1, max: 2147483647, step: 1, inputmode: 'numeric' }} />`;
}

// The dialog for a new agent: empty or from templates, from a file, or as a fork of another.

import { html, useEffect, useState } from '../../core/html.js';
import { get, path, send } from '../../core/api.js';
import { useLoaded } from '../../core/loading.js';
import { freeName, referenceTo } from '../../core/names.js';
import { go, linkTo } from '../../core/router.js';
import { Button, Form, SelectField, TextField } from '../../parts/controls.js';
import { Dialog } from '../../parts/dialogs.js';
import { notifyProblem } from '../../parts/notices.js';
import { presetOf } from '../templates/preset.js';
import { NameField } from './name_field.js';

/** @typedef {import('../../core/api.js').Schemas['TemplateAnswer']} Template */

const WAYS = /** @type {const} */ ([
  ['new', 'New'],
  ['file', 'From a file'],
  ['fork', 'Fork of another'],
]);

/**
 * @param {object} props
 * @param {() => void} props.onClose
 * @param {string} [props.way] `new`, `file` or `fork`.
 * @param {string} [props.of] The agent of which it is a fork.
 * @param {string} [props.template] The template that it begins with, as `persona/kind`.
 */
export function NewAgent({ onClose, way: first = 'new', of = '', template = '' }) {
  const [way, setWay] = useState(first);
  const Way = { new: FromTexts, file: FromFile, fork: AsFork }[/** @type {'new' | 'file' | 'fork'} */ (way)];
  return html`<${Dialog} title="New agent" onClose=${onClose} isWide>
    <div class="row ways" role="group" aria-label="What it begins with">
      ${WAYS.map(([each, text]) => html`<${Button} key=${each} onClick=${() => setWay(each)} rest=${{ 'aria-pressed': String(way === each) }}>${text}<//>`)}
    </div>
    <${Way} of=${of} template=${template} />
  <//>`;
}

/** @param {{name: string, id: string}} made */
const toChat = (made) => go(linkTo(['agents', referenceTo(made), 'chat']));

/** @param {{template: string}} props */
function FromTexts({ template }) {
  const [name, setName] = useState('');
  const [isFree, setFree] = useState(false);
  const [persona, setPersona] = useState('');
  const [human, setHuman] = useState('');
  const take = async (/** @type {string} */ kind, /** @type {string} */ chosen) => {
    if (!chosen) return;
    const found = /** @type {Template} */ (await get(path`templates/${kind}/${chosen}`));
    const texts = kind === 'preset' ? presetOf(found.text) : { persona: kind === 'persona' ? found.text : '', human: kind === 'human' ? found.text : '' };
    if (texts.persona) setPersona(texts.persona);
    if (texts.human) setHuman(texts.human);
  };
  useEffect(() => {
    const [kind, chosen] = template.split('/');
    if (chosen) take(kind, chosen).catch(notifyProblem);
  }, [template]);
  const create = async () => toChat(await send('POST', 'agents', { name, persona: persona || null, human: human || null }));
  return html`<${Form} submit="Create" onSubmit=${create} disabled=${!isFree}>
    <${NameField} value=${name} onInput=${setName} onCheck=${setFree} />
    <${Templates} kind="preset" label="Preset" first=${template} onChoose=${take} />
    <div class="columns">
      <div class="stack">
        <${TextField} label="Persona: who it is" value=${persona} onInput=${setPersona} rows=${4} hint="Leave it empty for the usual persona." />
        <${Templates} kind="persona" label="Persona from a template" first=${template} onChoose=${take} />
      </div>
      <div class="stack">
        <${TextField} label="Human: who it talks to" value=${human} onInput=${setHuman} rows=${4} hint="It may be empty. The agent adds what it learns." />
        <${Templates} kind="human" label="Human from a template" first=${template} onChoose=${take} />
      </div>
    </div>
  <//>`;
}

/**
 * The templates of a kind to choose from; nothing where there are none.
 * @param {{kind: string, label: string, first: string, onChoose: (kind: string, name: string) => Promise<void>}} props
 */
function Templates({ kind, label, first, onChoose }) {
  const found = useLoaded((signal) => get(path`templates/${kind}`, { limit: 200 }, signal), [kind]);
  const [chosen, setChosen] = useState(first.startsWith(`${kind}/`) ? first.slice(kind.length + 1) : '');
  const names = (found.data?.items ?? []).map((/** @type {Template} */ each) => each.name);
  if (!names.length) return null;
  const choose = (/** @type {string} */ name) => {
    setChosen(name);
    onChoose(kind, name).catch(notifyProblem);
  };
  return html`<${SelectField} label=${label} value=${chosen} options=${[['', 'none'], ...names]} onInput=${choose} />`;
}

function FromFile() {
  const [name, setName] = useState('');
  const [isFree, setFree] = useState(true);
  const [file, setFile] = useState(/** @type {File | null} */ (null));
  const create = async () => {
    const form = new FormData();
    form.append('file', /** @type {File} */ (file));
    if (name) form.append('name', name);
    toChat(await send('POST', 'agents/import', undefined, { form }));
  };
  return html`<${Form} submit="Import" onSubmit=${create} disabled=${!file || !isFree}>
    <div class="field">
      <label for="import-file">File</label>
      <input id="import-file" type="file" accept=".zip,application/zip" onChange=${(/** @type {any} */ event) => setFile(event.target.files[0] ?? null)} />
      <p class="hint">A file that “Export” in the settings of an agent made, or <code>memgpt-autogen export</code>.</p>
    </div>
    <${NameField} value=${name} onInput=${setName} onCheck=${setFree} isOptional />
  <//>`;
}

/** @param {{of: string}} props */
function AsFork({ of }) {
  const [source, setSource] = useState(of);
  const [name, setName] = useState(of && freeName(of, []));
  const [isFree, setFree] = useState(false);
  const found = useLoaded((signal) => get('agents', { search: source, limit: 50 }, signal), [source]);
  const names = (found.data?.items ?? []).map((/** @type {any} */ each) => each.name);
  useEffect(() => {
    if (of && names.includes(name)) setName(freeName(of, names));
  }, [found.data]);
  const create = async () => toChat(await send('POST', path`agents/${source}/fork`, { name }));
  return html`<${Form} submit="Fork" onSubmit=${create} disabled=${!isFree || !source}>
    <${TextField}
      label="Fork of"
      value=${source}
      onInput=${setSource}
      required
      hint="The new agent begins with all that this one remembers, and goes its own way. The past of an agent has forks of earlier moments."
      rest=${{ list: 'fork-sources', autocomplete: 'off' }}
    />
    <datalist id="fork-sources">${names.map((/** @type {string} */ each) => html`<option key=${each} value=${each}></option>`)}</datalist>
    <${NameField} value=${name} onInput=${setName} onCheck=${setFree} />
  <//>`;
}

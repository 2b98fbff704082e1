// One passage: its text, where it is from, whether something replaced it, and the forms of passages.

import { html, useEffect, useState } from '../../../core/html.js';
import { ApiProblem, get, send } from '../../../core/api.js';
import { counted, exactTime } from '../../../core/format.js';
import { useLoaded } from '../../../core/loading.js';
import { Button, Form, TextField } from '../../../parts/controls.js';
import { confirm } from '../../../parts/dialogs.js';
import { notify } from '../../../parts/notices.js';
import { Badge, When } from '../../../parts/states.js';
import { Conflict } from './editor.js';

/** @typedef {import('./archival.js').Passage} Passage */

/** A longer text is folded to this many characters. */
const LONG = 700;

/**
 * A passage of a list. What is changed here is shown here: the list stays as far as it was read.
 * @param {object} props
 * @param {Passage} props.passage
 * @param {string} props.place Where the passages of its archive are.
 * @param {boolean} props.isWritable
 * @param {(tag: string) => void} props.onTag
 * @param {() => Promise<void>} props.onChanged
 */
export function PassageCard({ passage: listed, place, isWritable, onTag, onChanged }) {
  const [passage, setPassage] = useState(/** @type {Passage | null} */ (listed));
  const [isEditing, setEditing] = useState(false);
  const [isWhole, setWhole] = useState(false);
  useEffect(() => setPassage(listed), [listed]);
  if (passage === null) return html`<p class="muted" role="status">This passage was deleted.</p>`;
  const mine = `${place}/${encodeURIComponent(passage.id)}`;
  const ifMatch = `"${passage.revision}"`;
  const isLong = passage.text.length > LONG && !isWhole;
  const mark = async () => {
    setPassage(await send('PATCH', mine, { superseded: passage.superseded_by === null }, { ifMatch }));
  };
  const remove = async () => {
    const text = passage.parts > 1 ? `This is part ${passage.part} of ${passage.parts} of a longer text; the other parts stay.` : 'Its text is gone from the archive for good.';
    if (!(await confirm({ title: 'Delete this passage?', text, action: 'Delete it', isDangerous: true }))) return;
    await send('DELETE', mine, undefined, { ifMatch });
    setPassage(null);
    document.getElementById('content')?.focus({ preventScroll: true });
    await onChanged();
  };
  if (isEditing) {
    return html`<${PassageForm} passage=${passage} place=${mine} onClose=${() => setEditing(false)} onSaved=${(/** @type {Passage} */ saved) => (setPassage(saved), setEditing(false))} />`;
  }
  return html`
    ${passage.superseded_by && html`<${Superseded} passage=${passage} place=${place} />`}
    <div class="memory-text ${passage.superseded_by ? 'memory-past' : ''}" dir="auto">${isLong ? `${passage.text.slice(0, LONG)} …` : passage.text}</div>
    ${isLong && html`<${Button} kind="quiet" onClick=${() => setWhole(true)}>Show all of it<//>`}
    <p class="row small muted">
      <${When} time=${passage.created_at} />
      ${passage.source && html`<span dir="auto">from ${passage.source}${passage.page !== null ? `, page ${passage.page}` : ''}</span>`}
      ${passage.heading && html`<span dir="auto">${passage.heading}</span>`}
      ${passage.parts > 1 && html`<span>part ${passage.part} of ${passage.parts}</span>`}
      ${passage.tags.map((tag) => html`<button key=${tag} type="button" class="badge memory-tag" title="Show the passages with this tag" dir="auto" onClick=${() => onTag(tag)}>${tag}</button>`)}
    </p>
    ${isWritable &&
    html`<div class="row">
      <${Button} kind="quiet" onClick=${() => setEditing(true)}>Edit<//>
      <${Button} kind="quiet" onClick=${mark}>${passage.superseded_by ? 'It is true again' : 'No longer true'}<//>
      <${Button} kind="quiet" onClick=${remove}>Delete …<//>
    </div>`}
  `;
}

/** @param {{passage: Passage, place: string}} props */
function Superseded({ passage, place }) {
  const time = passage.superseded_by ?? '';
  const ids = passage.replaced_by;
  const look = async (/** @type {AbortSignal} */ signal) => {
    // one that was deleted since leads to nothing
    const read = (/** @type {string} */ id) => get(`${place}/${encodeURIComponent(id)}`, {}, signal).catch(() => null);
    if (ids.length) return (await Promise.all(ids.map(read))).filter(Boolean);
    if (!place.startsWith('agents/')) return [];
    // a mark of an older version: what replaces a passage was stored at the time from which on it holds
    const page = await get(place, { start: time, end: time, limit: 5 }, signal);
    return page.items.filter((/** @type {Passage} */ each) => each.id !== passage.id && each.part === 1);
  };
  const found = useLoaded(look, [place, time, ids.join()]);
  const replacing = /** @type {Passage[]} */ (found.data ?? []);
  return html`<div class="small">
    <${Badge} kind="warn">superseded<//> <span class="muted">since ${exactTime(time)}${replacing.length ? ', replaced by:' : ''}</span>
    ${replacing.map((each) => html`<blockquote class="memory-replacing" dir="auto">${each.text}</blockquote>`)}
  </div>`;
}

/** @param {string} text */
const tagsOf = (text) => text.split(',').map((tag) => tag.trim()).filter(Boolean);

/**
 * @param {object} props
 * @param {string} props.place
 * @param {() => void} props.onClose
 * @param {() => Promise<void>} props.onAdded
 */
export function NewPassage({ place, onClose, onAdded }) {
  const [text, setText] = useState('');
  const [tags, setTags] = useState('');
  const [source, setSource] = useState('');
  const add = async () => {
    const added = await send('POST', place, { text, tags: tagsOf(tags), source: source.trim() || null });
    notify(added.items.length > 1 ? `Stored as ${counted(added.items.length, 'passage')}, because it is long.` : 'Stored.');
    await onAdded();
  };
  return html`<div class="card">
    <${Form} submit="Store it" disabled=${!text.trim()} onSubmit=${add} actions=${html`<${Button} kind="quiet" onClick=${onClose}>Cancel<//>`}>
      <${TextField} label="Text" value=${text} onInput=${setText} rows=${4} required rest=${{ autofocus: true }} />
      <${TextField} label="Tags, with commas between them" value=${tags} onInput=${setTags} />
      <${TextField} label="Source" value=${source} onInput=${setSource} hint="Where it is from, such as a title. It may be empty." />
    <//>
  </div>`;
}

/** @typedef {{text: string, tags: string, source: string}} Fields */

/**
 * @param {object} props
 * @param {Passage} props.passage
 * @param {string} props.place
 * @param {() => void} props.onClose
 * @param {(saved: Passage) => void} props.onSaved
 */
export function PassageForm({ passage, place, onClose, onSaved }) {
  const [base, setBase] = useState(passage);
  const [fields, setFields] = useState(() => fieldsOf(passage));
  const [dropped, setDropped] = useState(/** @type {Fields | null} */ (null));
  const [theirs, setTheirs] = useState(/** @type {Passage | null} */ (null));
  const isPart = passage.parts > 1 || passage.number !== null;
  const set = (/** @type {Partial<Fields>} */ change) => setFields({ ...fields, ...change });
  const save = async (/** @type {string} */ revision) => {
    const words = isPart ? {} : { text: fields.text, source: fields.source };
    try {
      const saved = await send('PATCH', place, { ...words, tags: tagsOf(fields.tags) }, { ifMatch: `"${revision}"` });
      notify('Saved.');
      onSaved(saved);
    } catch (error) {
      if (!(error instanceof ApiProblem && error.status === 412)) throw error;
      setTheirs(await get(place));
    }
  };
  const take = (/** @type {Passage} */ found) => {
    setDropped(fields);
    setFields(fieldsOf(found));
    setBase(found);
    setTheirs(null);
  };
  return html`<${Form}
    submit="Save"
    disabled=${theirs !== null || !fields.text.trim()}
    onSubmit=${() => save(base.revision)}
    actions=${html`<${Button} kind="quiet" onClick=${onClose}>Cancel<//>`}
  >
    ${isPart
      ? html`<p class="note">This is a part of a longer text or of a document, so its text stays as it is. Its tags can be changed.</p>`
      : html`
          <${TextField} label="Text of the passage" value=${fields.text} onInput=${(/** @type {string} */ text) => set({ text })} rows=${5} required rest=${{ autofocus: true }} />
          <${TextField} label="Source" value=${fields.source} onInput=${(/** @type {string} */ source) => set({ source })} />
        `}
    <${TextField} label="Tags, with commas between them" value=${fields.tags} onInput=${(/** @type {string} */ tags) => set({ tags })} />
    ${dropped &&
    html`<div class="note row row-between">
      <span>Your text was put aside.</span>
      <${Button} onClick=${() => (setFields(dropped), setDropped(null))}>Bring my text back<//>
    </div>`}
    ${theirs &&
    html`<${Conflict}
      what="the passage"
      theirs=${told(fieldsOf(theirs))}
      mine=${told(fields)}
      onKeep=${() => save(theirs.revision)}
      onTake=${() => take(theirs)}
      onMerge=${() => (setBase(theirs), setTheirs(null))}
    />`}
  <//>`;
}

/**
 * @param {Passage} passage
 * @returns {Fields}
 */
const fieldsOf = (passage) => ({ text: passage.text, tags: passage.tags.join(', '), source: passage.source ?? '' });

/** @param {Fields} fields */
const told = ({ text, tags, source }) => [text, tags && `tags: ${tags}`, source && `source: ${source}`].filter(Boolean).join('\n');

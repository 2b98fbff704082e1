// An editor of a text that others can change meanwhile. Nothing that was typed is lost: not by a conflict,
// which shows both texts, nor by another page in between.

import { html, useEffect, useId, useRef, useState } from '../../../core/html.js';
import { ApiProblem, getWithTag, send } from '../../../core/api.js';
import { count, counted } from '../../../core/format.js';
import { Button, CopyButton, Form } from '../../../parts/controls.js';
import { Diff } from '../../../parts/diff.js';
import { notify } from '../../../parts/notices.js';

/** @typedef {{value: string, revision: string}} Text */

/** @typedef {{text: string, base: Text, dropped: string | null}} Draft What is typed, and the text that it changes. */

/** What is typed, by the place of the text. @type {Map<string, Draft>} */
const drafts = new Map();

/** @param {string} place */
export const hasDraft = (place) => drafts.has(place);

/**
 * @param {object} props
 * @param {string} props.place Where the text is read and changed.
 * @param {Text} props.current The text as it is now, as far as the page knows.
 * @param {number} props.limit The most characters of it.
 * @param {string} props.what
 * @param {() => Promise<void>} props.onSaved
 * @param {() => void} props.onEnd
 */
export function TextEditor({ place, current, limit, what, onSaved, onEnd }) {
  const id = useId();
  const field = useRef(/** @type {HTMLTextAreaElement | null} */ (null));
  const [draft, setDraft] = useState(() => drafts.get(place) ?? { text: current.value, base: current, dropped: null });
  const [theirs, setTheirs] = useState(/** @type {Text | null} */ (null));
  const isChanged = draft.text !== draft.base.value;
  const put = (/** @type {Draft} */ next) => {
    setDraft(next);
    if (next.text !== next.base.value || next.dropped !== null) drafts.set(place, next);
    else drafts.delete(place);
  };
  useEffect(() => field.current?.focus(), []);
  useEffect(() => {
    if (current.revision === draft.base.revision) return;
    if (isChanged && current.value !== draft.base.value) setTheirs(current);
    else if (!isChanged) put({ ...draft, text: current.value, base: current });
    else put({ ...draft, base: current });
  }, [current.revision]);
  useEffect(() => {
    if (!isChanged) return undefined;
    const warn = (/** @type {BeforeUnloadEvent} */ event) => event.preventDefault();
    window.addEventListener('beforeunload', warn);
    return () => window.removeEventListener('beforeunload', warn);
  }, [isChanged]);

  const end = () => {
    drafts.delete(place);
    onEnd();
  };
  const save = async (/** @type {string} */ revision) => {
    try {
      await send('PATCH', place, { value: draft.text }, { ifMatch: `"${revision}"` });
    } catch (error) {
      if (!(error instanceof ApiProblem && error.status === 412)) throw error;
      const { data } = await getWithTag(place);
      setTheirs(data);
      return;
    }
    end();
    notify('Saved.');
    await onSaved();
  };
  const settle = (/** @type {Draft} */ next) => {
    put(next);
    setTheirs(null);
    field.current?.focus();
  };
  const size = textSize(draft.text);
  const over = size - limit;
  return html`<${Form}
    submit="Save"
    disabled=${!isChanged || theirs !== null}
    onSubmit=${() => save(draft.base.revision)}
    actions=${html`<${Button} kind="quiet" onClick=${end}>${isChanged ? 'Discard' : 'Cancel'}<//>`}
  >
    <div class="field">
      <label for=${id}>Text of ${what}</label>
      <textarea
        id=${id}
        ref=${field}
        dir="auto"
        rows=${Math.min(20, Math.max(5, draft.text.split('\n').length + 1))}
        value=${draft.text}
        aria-describedby="${id}-size"
        aria-invalid=${over > 0 ? 'true' : undefined}
        onInput=${(/** @type {any} */ event) => put({ ...draft, text: event.target.value })}
      ></textarea>
      <p class="hint ${over > 0 ? 'memory-over' : ''}" id="${id}-size">
        <meter min="0" max=${limit} high=${limit * 0.9} value=${Math.min(size, limit)} aria-hidden="true"></meter>
        ${count(size)} of ${count(limit)} characters.
        <span role="status">${over > 0 ? ` ${counted(over, 'character')} too many: shorten the text, move part of it to archival memory, or raise the limit.` : ''}</span>
      </p>
    </div>
    ${draft.dropped !== null &&
    html`<div class="note row row-between">
      <span>Your text was put aside.</span>
      <${Button} onClick=${() => put({ ...draft, text: draft.dropped ?? '', dropped: null })}>Bring my text back<//>
    </div>`}
    ${theirs &&
    html`<${Conflict}
      what=${what}
      theirs=${theirs.value}
      mine=${draft.text}
      onKeep=${() => save(theirs.revision)}
      onTake=${() => settle({ text: theirs.value, base: theirs, dropped: draft.text })}
      onMerge=${() => settle({ ...draft, base: theirs })}
    />`}
  <//>`;
}

/**
 * @param {object} props
 * @param {string} props.what
 * @param {string} props.theirs The text as it is now.
 * @param {string} props.mine
 * @param {() => unknown} props.onKeep Write mine over theirs.
 * @param {() => unknown} props.onTake Keep theirs.
 * @param {() => unknown} props.onMerge Go on with mine, having seen theirs.
 */
export function Conflict({ what, theirs, mine, onKeep, onTake, onMerge }) {
  const head = useRef(/** @type {HTMLElement | null} */ (null));
  useEffect(() => head.current?.scrollIntoView({ block: 'nearest' }), [theirs]);
  return html`<section class="memory-conflict stack" role="alert" aria-label="Conflict of two edits">
    <p ref=${head}><strong>${what[0].toUpperCase() + what.slice(1)} was changed while you were writing.</strong> Nothing is lost: here are both texts.</p>
    <div class="columns">
      <${Side} title="The text now" text=${theirs} />
      <${Side} title="Your text" text=${mine} />
    </div>
    <div>
      <h4>What yours would change</h4>
      <${Diff} before=${theirs} after=${mine} label="From the text now to yours" />
    </div>
    <div class="row">
      <${Button} onClick=${onKeep}>Keep mine<//>
      <${Button} onClick=${onTake}>Take theirs<//>
      <${Button} onClick=${onMerge}>Merge by hand<//>
    </div>
  </section>`;
}

/** @param {{title: string, text: string}} props */
function Side({ title, text }) {
  return html`<div>
    <div class="row row-between"><h4>${title}</h4><${CopyButton} text=${text} label="Copy: ${title.toLowerCase()}" /></div>
    <div class="memory-text" dir="auto" tabindex="0" role="region" aria-label=${title}>${text}</div>
  </div>`;
}

/**
 * Return how many characters a text has: Unicode code points, without NUL, as a block's limit counts them.
 * @param {string} text
 */
export function textSize(text) {
  let size = 0;
  for (const sign of text) size += sign === '\0' ? 0 : 1;
  return size;
}

// Where documents are dropped, chosen, or named by their address, and how far each is.

import { html, useId, useRef, useState } from '../../../core/html.js';
import { counted, fileSize } from '../../../core/format.js';
import { linkTo } from '../../../core/router.js';
import { Button, Form, TextField } from '../../../parts/controls.js';
import { Progress } from '../../../parts/states.js';
import { WhatCanBeRead } from './kinds.js';
import { again, cancel, dismiss, loadAddress, loadFiles, loadsOf } from './loading.js';

/** @typedef {import('./loading.js').Load} Load */

/** @param {{agent: import('../../agent.js').Agent, kinds: import('./kinds.js').Kinds | null}} props */
export function Upload({ agent, kinds }) {
  const [isOver, setOver] = useState(false);
  const [url, setUrl] = useState('');
  const input = useRef(/** @type {HTMLInputElement | null} */ (null));
  const heading = useRef(/** @type {HTMLHeadingElement | null} */ (null));
  const id = useId();
  const take = (/** @type {FileList | undefined} */ files) => files && loadFiles(agent.id, files, kinds?.upload_bytes);
  const dropped = (/** @type {DragEvent} */ event) => {
    event.preventDefault();
    setOver(false);
    take(event.dataTransfer?.files);
  };
  const over = (/** @type {DragEvent} */ event) => {
    event.preventDefault();
    setOver(true);
  };
  const chosen = () => {
    take(input.current?.files ?? undefined);
    if (input.current) input.current.value = '';
  };
  const submitted = async () => {
    loadAddress(agent.id, url.trim());
    setUrl('');
  };
  const loads = loadsOf(agent.id);
  return html`<section class="card upload" aria-labelledby=${id}>
    <h2 id=${id} ref=${heading} tabindex="-1">Load documents</h2>
    <div class="columns">
      <div class="drop ${isOver ? 'drop-over' : ''}" onDragOver=${over} onDragLeave=${() => setOver(false)} onDrop=${dropped}>
        <p>Drop files here, or</p>
        <${Button} kind="primary" onClick=${() => input.current?.click()}>Choose files<//>
        <input ref=${input} type="file" multiple class="visually-hidden" tabindex="-1" aria-label="Files to load" onChange=${chosen} />
      </div>
      <${Form} submit="Load the address" onSubmit=${submitted} disabled=${!url.trim()}>
        <${TextField} label="Address of a page or a file" type="url" value=${url} onInput=${setUrl} hint="The server fetches it. Addresses of its own machine and network are refused." rest=${{ placeholder: 'https://example.org/handbook.pdf', maxlength: 4000, dir: 'ltr' }} />
      <//>
    </div>
    <${WhatCanBeRead} kinds=${kinds} />
    <ul class="loads" aria-live="polite">
      ${loads.map((load) => html`<${LoadLine} key=${load.number} agent=${agent} load=${load} onGone=${() => heading.current?.focus()} />`)}
    </ul>
  </section>`;
}

/** @param {{agent: import('../../agent.js').Agent, load: Load, onGone: () => void}} props */
function LoadLine({ agent, load, onGone }) {
  const gone = () => (dismiss(load), onGone());
  const { state, job } = load;
  const isOver = state === 'ended' || state === 'failed' || state === 'cancelled';
  return html`<li class="load load-${state}">
    <div class="grow">
      ${state === 'waiting' && html`<p><b dir="auto">${load.name}</b> <span class="muted">waits until others are sent</span></p>`}
      ${state === 'sending' && html`<${Progress} label="Sending ${load.name}${load.size ? `, ${fileSize(load.sent)} of ${fileSize(load.size)}` : ''}" done=${load.sent} whole=${load.size || null} />`}
      ${state === 'reading' && html`<${Progress} label=${readingLabel(load)} done=${job?.done} whole=${job?.total} />`}
      ${state === 'ended' && html`<${Ended} agent=${agent} load=${load} />`}
      ${state === 'failed' && html`<p class="load-problem"><b dir="auto">${load.name}</b>: ${load.problem}</p>`}
      ${state === 'cancelled' && html`<p><b dir="auto">${load.name}</b> <span class="muted">was not loaded: you cancelled it</span></p>`}
    </div>
    ${(state === 'waiting' || state === 'sending') && html`<${Button} kind="quiet" label="Cancel ${load.name}" onClick=${() => (cancel(load), onGone())}>Cancel<//>`}
    ${(state === 'failed' || state === 'cancelled') && html`<${Button} kind="quiet" label="Try again: ${load.name}" onClick=${() => (again(load), onGone())}>Try again<//>`}
    ${isOver && html`<${Button} kind="quiet" label="Take ${load.name} from this list" onClick=${gone}>×<//>`}
  </li>`;
}

/** @param {Load} load */
function readingLabel({ name, job }) {
  if (job?.state === 'queued') return `${name} waits to be read`;
  const passages = job && !job.total && job.done ? `, ${counted(job.done, 'passage')}` : '';
  return `Reading ${name}${passages}`;
}

/** @param {{agent: import('../../agent.js').Agent, load: Load}} props */
function Ended({ agent, load }) {
  const result = load.job?.result;
  const names = [...(result?.came ?? []), ...(result?.changed ?? []), ...(result?.unchanged ?? [])];
  const what = result?.changed?.length ? 'was replaced' : result?.unchanged?.length && !result?.came?.length ? 'was there already' : 'is loaded';
  return html`
    <p>${names.map((name, index) => html`${index > 0 && ', '}<a key=${name} dir="auto" href=${linkTo(['agents', agent.name, 'documents', name])}>${name}</a>`)} ${what}: ${counted(result?.passages ?? 0, 'passage')}.</p>
    ${(result?.notes ?? []).map((note) => html`<p key=${note} class="small muted">${note}</p>`)}
  `;
}

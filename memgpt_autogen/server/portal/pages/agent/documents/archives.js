// The archives that an agent reads: its own, and shared ones that can be attached and taken away.

import { html, useEffect, useRef, useState } from '../../../core/html.js';
import { get, path, send } from '../../../core/api.js';
import { counted } from '../../../core/format.js';
import { useLoaded } from '../../../core/loading.js';
import { mayWrite } from '../../../core/session.js';
import { Button, Form, SelectField } from '../../../parts/controls.js';
import { confirm } from '../../../parts/dialogs.js';
import { Badge, Loading } from '../../../parts/states.js';

/** @typedef {import('../../../core/api.js').Schemas['ReadArchive']} ReadArchive */

/** @param {{agent: import('../../agent.js').Agent, version: number, onChange: () => unknown}} props */
export function Archives({ agent, version, onChange }) {
  const place = path`agents/${agent.id}/archives`;
  const read = useLoaded((signal) => get(place, {}, signal), [agent.id]);
  const heading = useRef(/** @type {HTMLHeadingElement | null} */ (null));
  useEffect(() => void (version && read.reload()), [version]);
  const changed = async () => {
    await read.reload();
    onChange();
    heading.current?.focus();
  };
  const detach = async (/** @type {ReadArchive} */ archive) => {
    const sure = await confirm({
      title: 'Stop reading the archive?',
      text: html`<p>The agent finds nothing of <b dir="auto">${archive.name}</b> any more. The archive keeps all, and can be attached again.</p>`,
      action: 'Stop reading it',
    });
    if (!sure) return;
    await send('DELETE', `${place}/${encodeURIComponent(archive.id)}`);
    await changed();
  };
  return html`<section aria-labelledby="archives-heading">
    <h2 id="archives-heading" ref=${heading} tabindex="-1">Archives that it reads</h2>
    <${Loading} of=${read} what="the archives">
      ${(/** @type {{items: ReadArchive[]}} */ found) => html`
        <ul class="archives">
          ${found.items.map(
            (each) => html`<li key=${each.id} class="card row">
              <span class="grow"><b dir="auto">${each.name ?? 'Its own archive'}</b> ${each.own && each.name && html`<${Badge}>stores here<//>`} ${each.granted && html`<${Badge}>of another user<//>`}</span>
              <span class="small muted">${about(each)}</span>
              ${mayWrite.value && !each.own && html`<${Button} kind="quiet" label="Stop reading it: ${each.name}" onClick=${() => detach(each)}>Stop reading it<//>`}
            </li>`,
          )}
        </ul>
        ${mayWrite.value && html`<${Attach} place=${place} read=${found.items} onAttached=${changed} />`}
      `}
    <//>
  </section>`;
}

/** @param {ReadArchive} archive */
function about({ passages, documents, embedding_model: model, pending }) {
  if (passages === null) return 'it cannot be reached now';
  const waiting = pending ? `; ${counted(pending, 'passage')} without a vector yet` : '';
  const vectors = passages ? `, ${model ? `searched by meaning with ${model}` : 'searched by words only'}` : '';
  return `${counted(passages, 'passage')}, ${counted(documents ?? 0, 'document')}${vectors}${waiting}`;
}

/** @param {{place: string, read: ReadArchive[], onAttached: () => Promise<void>}} props */
function Attach({ place, read, onAttached }) {
  const [chosen, setChosen] = useState('');
  // a key for certain agents may not see what is shared, so nothing is offered
  const all = useLoaded(
    async (signal) => {
      const [own, grants] = await Promise.all([get('archives', { limit: 200 }, signal), get('grants/archives', {}, signal)]);
      const granted = grants.received.map((/** @type {{id: string, name: string}} */ each) => [each.id, `${each.name} (of another user)`]);
      return [...own.items.map((/** @type {{id: string, name: string}} */ each) => [each.id, each.name]), ...granted];
    },
    [],
  );
  const known = new Set(read.map((each) => each.id));
  const others = /** @type {[string, string][]} */ (all.data ?? []).filter(([id]) => !known.has(id));
  if (!others.length) return null;
  const attach = async () => {
    await send('PUT', `${place}/${encodeURIComponent(chosen)}`);
    setChosen('');
    await onAttached();
  };
  return html`<${Form} submit="Attach" onSubmit=${attach} disabled=${!chosen}>
    <${SelectField} label="Let it read a shared archive too" value=${chosen} onInput=${setChosen} options=${[['', 'Choose an archive'], ...others]} />
  <//>`;
}

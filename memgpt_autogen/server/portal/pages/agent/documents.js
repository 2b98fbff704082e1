// The documents that an agent can read: load them, list them, and open one.

import { html, useEffect, useRef } from '../../core/html.js';
import { get, path, send } from '../../core/api.js';
import { count, counted } from '../../core/format.js';
import { useList, useLoaded } from '../../core/loading.js';
import { linkTo } from '../../core/router.js';
import { mayWrite } from '../../core/session.js';
import { Button } from '../../parts/controls.js';
import { confirm } from '../../parts/dialogs.js';
import { notify } from '../../parts/notices.js';
import { Badge, Empty, Listing, When } from '../../parts/states.js';
import { Archives } from './documents/archives.js';
import { OneDocument } from './documents/one.js';
import { EarlierLoads } from './documents/jobs.js';
import { WhatCanBeRead } from './documents/kinds.js';
import { Upload } from './documents/upload.js';
import { loadedVersion } from './documents/loading.js';

/** @typedef {import('../../core/api.js').Schemas['SourceAnswer']} Source */

/** @param {import('../agent.js').PartProps} props */
export default function Documents(props) {
  const { agent, rest, query } = props;
  if (rest.length) return html`<${OneDocument} key=${rest[0]} agent=${agent} name=${rest[0]} query=${query} />`;
  return html`<${AllDocuments} agent=${agent} />`;
}

/** @param {{agent: import('../agent.js').Agent}} props */
function AllDocuments({ agent }) {
  const sources = useList(path`agents/${agent.id}/sources`, {});
  const kinds = useLoaded((signal) => get('document-kinds', {}, signal), []);
  const heading = useRef(/** @type {HTMLHeadingElement | null} */ (null));
  const version = loadedVersion(agent.id);
  useEffect(() => void (version && sources.reload()), [version]);

  const remove = async (/** @type {Source} */ source) => {
    const place = path`agents/${agent.id}/sources/${source.name}`;
    const goes = /** @type {Source} */ (await send('DELETE', place, undefined, { query: { dry_run: true } }));
    const parts = [counted(goes.passages, 'passage'), goes.pages && counted(goes.pages, 'page'), counted(goes.characters, 'character')];
    const sure = await confirm({
      title: 'Delete the document?',
      text: html`<p><b dir="auto">${goes.name}</b> goes from the archive: ${parts.filter(Boolean).join(', ')}. The agent finds nothing of it any more. What it said about it stays in the log. This cannot be undone.</p>`,
      action: 'Delete',
      isDangerous: true,
    });
    if (!sure) return;
    await send('DELETE', place);
    notify(`${goes.name} was deleted.`);
    await sources.reload();
    heading.current?.focus();
  };

  return html`<div class="documents stack">
    ${mayWrite.value && html`<${Upload} agent=${agent} kinds=${kinds.data} />`}
    <section aria-labelledby="documents-heading">
      <h2 id="documents-heading" ref=${heading} tabindex="-1">Documents</h2>
      <${Listing} of=${sources} what="the documents" empty=${html`<${Empty} title="No documents yet"><p>${mayWrite.value ? 'Drop files above, or choose some. Then ask the agent about them.' : 'Who may write can load some.'}</p><${WhatCanBeRead} kinds=${kinds.data} /><//>`}>
        ${(/** @type {Source[]} */ items) => html`<${SourceTable} agent=${agent} items=${items} onRemove=${remove} />`}
      <//>
    </section>
    <${Archives} agent=${agent} version=${version} onChange=${sources.reload} />
    <${EarlierLoads} agent=${agent} version=${version} />
  </div>`;
}

/** @param {{agent: import('../agent.js').Agent, items: Source[], onRemove: (source: Source) => Promise<void>}} props */
function SourceTable({ agent, items, onRemove }) {
  return html`<div class="table-frame" tabindex="0" role="region" aria-labelledby="documents-heading">
    <table>
      <thead>
        <tr>
          <th scope="col">Name</th>
          <th scope="col">Kind</th>
          <th scope="col" class="number">Pages</th>
          <th scope="col" class="number">Sections</th>
          <th scope="col" class="number">Passages</th>
          <th scope="col" class="number">Characters</th>
          <th scope="col">Loaded</th>
          <th scope="col">Archive</th>
          <th scope="col"><span class="visually-hidden">Actions</span></th>
        </tr>
      </thead>
      <tbody>
        ${items.map(
          (each) => html`<tr key=${`${each.archive}/${each.name}`}>
            <td class="document-name"><a dir="auto" href=${linkTo(['agents', agent.name, 'documents', each.name], { archive: each.archive })}>${each.name}</a>${!each.ready && html` <${Badge} kind="warn">not completely loaded<//>`}</td>
            <td>${each.kind}</td>
            <td class="number">${each.pages ? count(each.pages) : ''}</td>
            <td class="number">${count(each.sections)}</td>
            <td class="number">${count(each.passages)}</td>
            <td class="number">${count(each.characters)}</td>
            <td><${When} time=${each.attached_at} /></td>
            <td dir="auto">${each.archive ?? 'its own'}</td>
            <td>${mayWrite.value && each.archive === null && html`<${Button} kind="quiet" label="Delete ${each.name}" onClick=${() => onRemove(each)}>Delete<//>`}</td>
          </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

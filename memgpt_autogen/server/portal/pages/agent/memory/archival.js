// Archival memory: the passages of an agent, page by page, with search, filters and forms.

import { html, useEffect, useState } from '../../../core/html.js';
import { get, path, send } from '../../../core/api.js';
import { count, counted } from '../../../core/format.js';
import { useList, useLoaded } from '../../../core/loading.js';
import { go, linkTo } from '../../../core/router.js';
import { mayWrite } from '../../../core/session.js';
import { Button, SelectField, TextField } from '../../../parts/controls.js';
import { Empty, Listing, Loading } from '../../../parts/states.js';
import { NewPassage, PassageCard } from './passage.js';

/** @typedef {import('../../../core/api.js').Schemas['PassageAnswer']} Passage */

/** @typedef {import('../../../core/api.js').Schemas['ReadArchive']} Archive */

/** @typedef {import('../../agent.js').Agent} Agent */

/** @param {{agent: Agent, query: URLSearchParams}} props */
export function Archival({ agent, query }) {
  const archives = useLoaded((signal) => get(path`agents/${agent.id}/archives`, {}, signal), [agent.id]);
  return html`<${Loading} of=${archives} what="the archives">
    ${(/** @type {{items: Archive[]}} */ found) => {
      const archive = found.items.find((each) => each.id === query.get('archive')) ?? found.items[0];
      return html`<${Passages} agent=${agent} archives=${found.items} archive=${archive} query=${query} onChanged=${archives.reload} />`;
    }}
  <//>`;
}

/**
 * @param {object} props
 * @param {Agent} props.agent
 * @param {Archive[]} props.archives
 * @param {Archive} props.archive The one that is shown.
 * @param {URLSearchParams} props.query
 * @param {() => Promise<void>} props.onChanged
 */
function Passages({ agent, archives, archive, query, onChanged }) {
  const [isAdding, setAdding] = useState(false);
  const [version, setVersion] = useState(0);
  const asked = { q: query.get('q') ?? '', tag: query.get('tag') ?? '', source: query.get('source') ?? '', order: query.get('order') ?? 'newest' };
  const show = (/** @type {Partial<typeof asked> & {archive?: string}} */ change) =>
    go(linkTo(['agents', agent.name, 'memory', 'archival'], { archive: archive.own ? null : archive.id, ...asked, order: asked.order === 'newest' ? null : asked.order, ...change }));
  const place = archive.own ? path`agents/${agent.id}/passages` : path`archives/${archive.id}/passages`;
  const isWritable = mayWrite.value && !archive.granted;
  const card = (/** @type {Passage} */ passage) =>
    html`<li key=${passage.id} class="card"><${PassageCard} passage=${passage} place=${place} isWritable=${isWritable} onTag=${(/** @type {string} */ tag) => show({ q: '', tag })} onChanged=${onChanged} /></li>`;
  return html`<section class="stack" aria-labelledby="memory-archival">
    <div class="row row-between">
      <h2 id="memory-archival">${archive.passages === null ? 'This archive cannot be reached now' : counted(archive.passages, 'passage')}</h2>
      ${isWritable && html`<${Button} onClick=${() => setAdding(!isAdding)} rest=${{ 'aria-expanded': String(isAdding) }}>Add a passage …<//>`}
    </div>
    ${isAdding &&
    html`<${NewPassage}
      place=${place}
      onClose=${() => setAdding(false)}
      onAdded=${async () => {
        setAdding(false);
        setVersion(version + 1);
        await onChanged();
      }}
    />`}
    <${Filters} archives=${archives} archive=${archive} asked=${asked} show=${show} />
    ${asked.q
      ? html`<${Found} key=${version} agent=${agent} archive=${archive} asked=${asked} card=${card} />`
      : html`<${Every} place=${place} archive=${archive} asked=${asked} version=${version} card=${card} onAdd=${isWritable ? () => setAdding(true) : null} />`}
  </section>`;
}

/**
 * @param {object} props
 * @param {Archive[]} props.archives
 * @param {Archive} props.archive
 * @param {{q: string, tag: string, source: string, order: string}} props.asked
 * @param {(change: any) => void} props.show
 */
function Filters({ archives, archive, asked, show }) {
  const [q, setQ] = useState(asked.q);
  const [tag, setTag] = useState(asked.tag);
  const [source, setSource] = useState(asked.source);
  useEffect(() => {
    setQ(asked.q);
    setTag(asked.tag);
    setSource(asked.source);
  }, [asked.q, asked.tag, asked.source]);
  const search = (/** @type {Event} */ event) => {
    event.preventDefault();
    show({ q: q.trim(), tag: tag.trim(), source: source.trim() });
  };
  const isFiltered = asked.q || asked.tag || asked.source;
  return html`<form class="memory-filters" role="search" onSubmit=${search}>
    ${archives.length > 1 &&
    html`<${SelectField}
      label="Archive"
      value=${archive.id}
      options=${archives.map((each) => /** @type {[string, string]} */ ([each.id, `${each.own && !each.name ? "the agent's own" : each.name} (${each.passages === null ? 'away' : count(each.passages)})`]))}
      onInput=${(/** @type {string} */ id) => show({ archive: id, q: '', tag: '', source: '' })}
    />`}
    <${TextField} label="Search" type="search" value=${q} onInput=${setQ} />
    <${TextField} label="Tag" value=${tag} onInput=${setTag} />
    ${archive.own && html`<${TextField} label="Source" value=${source} onInput=${setSource} />`}
    ${!asked.q && html`<${SelectField} label="Order" value=${asked.order} options=${[['newest', 'newest first'], ['oldest', 'oldest first']]} onInput=${(/** @type {string} */ order) => show({ order: order === 'newest' ? null : order })} />`}
    <div class="row">
      <${Button} type="submit" kind="primary">Find<//>
      ${isFiltered && html`<${Button} kind="quiet" onClick=${() => show({ q: '', tag: '', source: '' })}>Show all<//>`}
    </div>
  </form>`;
}

/**
 * All passages that match the filters, page by page.
 * @param {object} props
 * @param {string} props.place
 * @param {Archive} props.archive
 * @param {{tag: string, source: string, order: string}} props.asked
 * @param {number} props.version
 * @param {(passage: Passage) => any} props.card
 * @param {(() => void) | null} props.onAdd
 */
function Every({ place, archive, asked, version, card, onAdd }) {
  const filters = archive.own ? { tag: asked.tag, source: asked.source } : {};
  /** @type {import('../../../core/loading.js').Listed<Passage>} */
  const passages = useList(place, { ...filters, order: asked.order, limit: 50 });
  useEffect(() => {
    if (version) passages.reload();
  }, [version]);
  const isFiltered = asked.tag || asked.source;
  return html`<${Listing}
    of=${passages}
    what="the passages"
    empty=${html`<${Empty} title=${isFiltered ? 'No passage matches' : 'This archive is empty'}>
      <p>${isFiltered ? 'Use another tag or source, or «Show all».' : 'An agent writes here what no longer fits into its blocks. You can add a passage, or load documents.'}</p>
      ${!isFiltered && onAdd && html`<${Button} onClick=${onAdd}>Add the first passage<//>`}
    <//>`}
  >
    ${(/** @type {Passage[]} */ items) => html`<ul class="memory-passages">${items.map(card)}</ul>`}
  <//>`;
}

/**
 * What a search finds, best first.
 * @param {object} props
 * @param {Agent} props.agent
 * @param {Archive} props.archive
 * @param {{q: string, tag: string, source: string}} props.asked
 * @param {(passage: Passage) => any} props.card
 */
function Found({ agent, archive, asked, card }) {
  const body = { queries: [asked.q], tiers: ['archival'], tags: asked.tag ? [asked.tag] : [], limit: 200 };
  const found = useLoaded((signal) => send('POST', path`agents/${agent.id}/search`, body, { signal }), [agent.id, asked]);
  return html`<${Loading} of=${found} what="what is found">
    ${(/** @type {import('../../../core/api.js').Schemas['SearchAnswer']} */ answer) => {
      const name = archive.own ? null : archive.name;
      const passages = answer.items.flatMap((hit) => (hit.passage && hit.archive === name && (!asked.source || hit.passage.source === asked.source) ? [hit.passage] : []));
      return html`
        ${answer.troubles.map((trouble) => html`<p class="note note-warn">${trouble}</p>`)}
        <p role="status">
          ${passages.length ? `${counted(passages.length, 'passage')}, best first.` : 'Nothing is found.'}${' '}
          <a href=${linkTo(['agents', agent.name, 'search'], { q: asked.q })}>Why, and in all of memory</a>
        </p>
        ${passages.length > 0 && html`<ul class="memory-passages">${passages.map(card)}</ul>`}
      `;
    }}
  <//>`;
}

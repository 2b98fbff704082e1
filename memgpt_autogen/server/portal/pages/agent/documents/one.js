// One document: its headings and pages, its passages in order, and where the log has it.

import { html, useEffect, useRef } from '../../../core/html.js';
import { path } from '../../../core/api.js';
import { counted } from '../../../core/format.js';
import { useList } from '../../../core/loading.js';
import { linkTo } from '../../../core/router.js';
import { Badge, Empty, Listing, When } from '../../../parts/states.js';

/** @typedef {import('../../agent.js').Agent} Agent */
/** @typedef {import('../../../core/api.js').Schemas['PassageAnswer']} Passage */
/** @typedef {import('../../../core/api.js').Schemas['HeadingAnswer']} Heading */
/** @typedef {import('../../../core/api.js').Schemas['UseAnswer']} Use */

const BEFORE = 20;

/** @param {{agent: Agent, name: string, query: URLSearchParams}} props */
export function OneDocument({ agent, name, query }) {
  const archive = query.get('archive') || null;
  const start = Math.max(1, Math.trunc(Number(query.get('passage'))) || 1);
  const at = (/** @type {number} */ passage) => linkTo(['agents', agent.name, 'documents', name], { archive, passage });
  const outline = useList(path`agents/${agent.id}/source-outline/${name}`, { archive });
  if (outline.problem?.status === 404) {
    return html`<${Empty} title="There is no document ${name} here">
      <p>It may have been deleted, or be in another archive. <a href=${linkTo(['agents', agent.name, 'documents'])}>Look at the documents that there are</a></p>
    <//>`;
  }
  return html`<article class="document">
    <p><a href=${linkTo(['agents', agent.name, 'documents'])}>All documents</a></p>
    <h2 dir="auto">${name}${archive && html` <${Badge}>in the archive <bdi>${archive}</bdi><//>`}</h2>
    <p><a href=${linkTo(['agents', agent.name, 'search'], { in: 'archival', source: name })}>Search in it</a></p>
    <div class="document-parts">
      <${Outline} outline=${outline} at=${at} />
      <${Passages} agent=${agent} name=${name} archive=${archive} start=${start} isNamed=${query.has('passage')} at=${at} />
      <${Uses} agent=${agent} name=${name} archive=${archive} at=${at} />
    </div>
  </article>`;
}

/** @typedef {{agent: Agent, name: string, archive: string | null, at: (passage: number) => string}} PartProps */

/** @param {{outline: import('../../../core/loading.js').Listed<Heading>, at: (passage: number) => string}} props */
function Outline({ outline, at }) {
  return html`<nav class="outline" aria-label="Headings and pages">
    <details open>
      <summary><h3>Headings and pages</h3></summary>
      <div class="outline-list" tabindex="0" role="group" aria-label="Headings and pages">
        <${Listing} of=${outline} what="the headings" empty=${html`<p class="muted">It has none.</p>`}>
          ${(/** @type {Heading[]} */ items) => html`<ol>
            ${items.map((each) => html`<li key=${each.first}><a dir="auto" href=${at(each.first)}>${each.heading ?? (each.page ? `Page ${each.page}` : 'The beginning')}</a>${each.heading && each.page && html` <span class="small muted">page ${each.page}</span>`}</li>`)}
          </ol>`}
        <//>
      </div>
    </details>
  </nav>`;
}

/** @param {PartProps & {start: number, isNamed: boolean}} props */
function Passages({ agent, name, archive, start, isNamed, at }) {
  const passages = useList(path`agents/${agent.id}/source-passages/${name}`, { archive, start, limit: 20 });
  const place = useRef(/** @type {HTMLElement | null} */ (null));
  const isLoaded = passages.items !== null;
  useEffect(() => {
    if (!isLoaded || !isNamed) return;
    place.current?.focus({ preventScroll: true });
    place.current?.scrollIntoView({ block: 'start' });
  }, [start, isLoaded, isNamed]);
  return html`<section class="passages" ref=${place} tabindex="-1" aria-label="Passages">
    ${start > 1 && html`<p><a class="button" href=${at(Math.max(1, start - BEFORE))}>↑ Earlier passages</a></p>`}
    <${Listing} of=${passages} what="the passages" empty=${html`<${Empty} title="There is no passage ${start}"><p><a href=${at(1)}>Read from the beginning</a></p><//>`}>
      ${(/** @type {Passage[]} */ items) => items.map((each) => html`<${PassageText} key=${each.id} passage=${each} isMarked=${isNamed && each.number === start} link=${at(each.number ?? 1)} />`)}
    <//>
  </section>`;
}

/** @param {{passage: Passage, isMarked: boolean, link: string}} props */
function PassageText({ passage, isMarked, link }) {
  const place = [passage.page && `page ${passage.page}`, passage.heading].filter(Boolean).join(' · ');
  return html`<section class="card passage ${isMarked ? 'passage-marked' : ''}" aria-current=${isMarked ? 'location' : undefined}>
    <p class="small muted row"><a href=${link}>Passage ${passage.number}</a> <span dir="auto">${place}</span>
      ${passage.tags.map((tag) => html`<${Badge} key=${tag}><bdi>${tag}</bdi><//>`)}
      ${passage.superseded_by && html`<${Badge} kind="warn">replaced later<//>`}
    </p>
    <p class="passage-text" dir="auto">${passage.text}</p>
  </section>`;
}

const HOW = { found: 'found it', opened: 'read in it', named: 'named it' };

/** @param {PartProps} props */
function Uses({ agent, name, archive, at }) {
  const uses = useList(path`agents/${agent.id}/source-uses/${name}`, { archive, limit: 20 });
  return html`<section class="uses" aria-labelledby="uses-heading">
    <h3 id="uses-heading">In the log</h3>
    <${Listing} of=${uses} what="what the log has of it" empty=${!uses.hasMore && html`<p class="muted">Neither found, read nor named so far. Ask the agent about it.</p>`}>
      ${(/** @type {Use[]} */ items) => html`<ol class="use-list">
        ${items.map(
          (each) => html`<li key=${`${each.seq} ${each.how}`} class="card use">
            <p class="small muted"><b><bdi>${each.speaker ?? agent.name}</bdi></b> ${HOW[each.how]} <${When} time=${each.time} /></p>
            ${each.how === 'named' && html`<p dir="auto">${each.text}</p>`}
            ${each.passages.length > 0 &&
            html`<p class="small">${counted(each.passages.length, 'passage')}: ${each.passages.slice(0, 12).map((number) => html`<a key=${number} class="use-passage" href=${at(number)}>${number}</a> `)}${each.passages.length > 12 && '…'}</p>`}
            <a class="small" href=${linkTo(['agents', agent.name, 'chat'], { seq: each.seq })}>Open in the chat</a>
          </li>`,
        )}
      </ol>`}
    <//>
  </section>`;
}

// One result of a search: what it says, why it came, and where it leads.

import { html, useState } from '../../../core/html.js';
import { count, counted } from '../../../core/format.js';
import { linkTo } from '../../../core/router.js';
import { mayWrite } from '../../../core/session.js';
import { Button } from '../../../parts/controls.js';
import { Badge, When } from '../../../parts/states.js';
import { Around } from './around.js';
import { SaveDialog } from './saving.js';
import { excerpt, marked, Why } from './why.js';

/** @typedef {import('../../../core/api.js').Schemas['HitAnswer']} Hit */

const KINDS = { core: 'core memory', recall: 'said', archival: 'archive' };

/**
 * @param {object} props
 * @param {import('../../agent.js').Agent} props.agent
 * @param {import('./asked.js').Asked} props.asked
 * @param {Hit} props.hit
 * @param {number} props.rank
 * @param {import('./why.js').Best} props.best
 * @param {() => void} props.onSaved
 */
export function HitCard({ agent, asked, hit, rank, best, onSaved }) {
  const [isAround, setAround] = useState(false);
  const [isSaving, setSaving] = useState(false);
  return html`<li class="card hit">
    <div class="row hit-head">
      <b class="hit-rank" aria-label="Result ${rank}">${count(rank)}</b>
      <${Badge} kind=${hit.tier === 'recall' ? 'accent' : 'plain'}>${KINDS[hit.tier]}<//>
      <span class="grow"><${From} hit=${hit} /></span>
      ${hit.time && html`<span class="small muted"><${When} time=${hit.time} /></span>`}
      <span class="small muted">${counted(hit.tokens, 'token')}</span>
    </div>
    <${HitText} hit=${hit} />
    ${hit.newest.map((passage) => html`<p key=${passage.id} class="small" dir="auto"><span class="muted">Replaced by:</span> ${passage.text}</p>`)}
    <${Why} hit=${hit} best=${best} />
    <div class="row">
      <${Places} agent=${agent} hit=${hit} />
      ${hit.seq !== null && html`<${Button} kind="quiet" rest=${{ 'aria-expanded': String(isAround) }} onClick=${() => setAround(!isAround)}>${isAround ? 'Hide what was around it' : 'Show what was around it'}<//>`}
      ${mayWrite.value && html`<${Button} kind="quiet" title="Save this search as a test that should find this" onClick=${() => setSaving(true)}>Save as a test<//>`}
    </div>
    ${isAround && hit.seq !== null && html`<${Around} agent=${agent} seq=${hit.seq} forms=${hit.forms ?? []} />`}
    ${isSaving && html`<${SaveDialog} agent=${agent} asked=${asked} hit=${hit} rank=${rank} onClose=${() => setSaving(false)} onSaved=${onSaved} />`}
  </li>`;
}

/** @param {{hit: Hit}} props */
function HitText({ hit }) {
  const [isWhole, setWhole] = useState(false);
  const forms = hit.forms ?? [];
  const { start, end } = isWhole ? { start: 0, end: hit.text.length } : excerpt(hit.text, forms);
  const isPart = end - start < hit.text.length;
  return html`
    <p class="hit-text" dir="auto">${start > 0 && '… '}${marked(hit.text.slice(start, end), forms)}${end < hit.text.length && ' …'}</p>
    ${(isPart || isWhole) && html`<p><${Button} kind="quiet" rest=${{ 'aria-expanded': String(isWhole) }} onClick=${() => setWhole(!isWhole)}>${isWhole ? 'Show less' : 'Show all of it'}<//></p>`}
  `;
}

/** Who said it, or where it stands. @param {{hit: Hit}} props */
function From({ hit }) {
  if (hit.tier === 'recall') return html`<bdi>${hit.speaker}</bdi>`;
  if (hit.tier === 'core') return html`block <bdi>${hit.label}</bdi>`;
  const passage = hit.passage;
  const parts = [
    passage?.source && html`<bdi>${passage.source}</bdi>`,
    passage?.page && `page ${passage.page}`,
    passage?.heading && html`<bdi>${passage.heading}</bdi>`,
    hit.archive && html`in the archive <bdi>${hit.archive}</bdi>`,
    passage?.tags.length && html`<span class="muted" dir="auto">#${passage.tags.join(' #')}</span>`,
    passage?.superseded_by && html`<${Badge} kind="warn">replaced later<//>`,
  ].filter(Boolean);
  return parts.length ? parts.map((part, index) => html`<span key=${index}>${index > 0 && ' · '}${part}</span>`) : html`<span class="muted">a note of the agent</span>`;
}

/** Links to the place of a result. @param {{agent: import('../../agent.js').Agent, hit: Hit}} props */
function Places({ agent, hit }) {
  const to = (/** @type {string[]} */ parts, query = {}) => linkTo(['agents', agent.name, ...parts], query);
  if (hit.seq !== null) return html`<a href=${to(['chat'], { seq: hit.seq })}>Open in the chat</a>`;
  if (hit.tier === 'core') return html`<a href=${to(['memory'])}>Open the block</a>`;
  const passage = hit.passage;
  if (passage?.source && passage.number !== null) {
    const place = passage.page ? `page ${passage.page}` : `passage ${passage.number}`;
    return html`<a href=${to(['documents', passage.source], { passage: passage.number, archive: hit.archive })}>Open the document at ${place}</a>`;
  }
  return html`<a href=${to(['memory', 'archival'])}>Open the archive</a>`;
}

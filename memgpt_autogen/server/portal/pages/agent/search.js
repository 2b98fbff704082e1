// One search over all that an agent knows: each result says why it came, and leads to its place.

import { html, useEffect, useRef, useState } from '../../core/html.js';
import { path, send } from '../../core/api.js';
import { counted, seconds } from '../../core/format.js';
import { useLoaded } from '../../core/loading.js';
import { go, linkTo } from '../../core/router.js';
import { Problem } from '../../parts/controls.js';
import { Empty } from '../../parts/states.js';
import { askedOf, bodyOf, FEW, MANY, queryOf } from './search/asked.js';
import { NothingFound } from './search/nothing.js';
import { SearchForm } from './search/form.js';
import { bestScores } from './search/why.js';
import { HitCard } from './search/hit.js';
import { SavedSearches } from './search/saved.js';

/** @typedef {import('../../core/api.js').Schemas['SearchAnswer']} SearchAnswer */

/** @param {import('../agent.js').PartProps} props */
export default function Search({ agent, query }) {
  const asked = askedOf(query);
  const here = ['agents', agent.name, 'search'];
  const isAsked = asked.queries.length > 0;
  const found = useLoaded(
    (signal) => (isAsked ? send('POST', path`agents/${agent.id}/search`, bodyOf(asked), { signal }) : Promise.resolve(null)),
    [agent.id, asked],
  );
  const [savedCount, setSavedCount] = useState(0);
  const search = (/** @type {import('./search/asked.js').Asked} */ next) => {
    const link = linkTo(here, queryOf(next));
    if (link === linkTo(here, queryOf(asked))) found.reload();
    else go(link);
  };
  return html`<div class="search stack">
    <${SearchForm} agent=${agent} asked=${asked} onSearch=${search} />
    ${found.problem && html`<${Problem} problem=${found.problem} onRetry=${found.reload} />`}
    <p role="status" class="muted search-told">${isAsked && (found.data ? told(found.data) : found.isLoading ? 'Searching …' : '')}</p>
    ${isAsked
      ? found.data && html`<${Found} agent=${agent} asked=${asked} found=${found.data} onSearch=${search} onSaved=${() => setSavedCount(savedCount + 1)} />`
      : html`<${Empty} title="Ask what the agent knows">
          <p>Write a question or a few words, and press Enter. It is looked for in core memory, in all that was said, and in the archives with their documents.</p>
        <//>`}
    <${SavedSearches} agent=${agent} version=${savedCount} />
  </div>`;
}

/** @param {SearchAnswer} found */
function told(found) {
  const left = found.left_out ? ` ${counted(found.left_out, 'more result')} did not fit into the budget.` : '';
  return `${counted(found.items.length, 'result')} with ${counted(found.tokens, 'token')}, found in ${seconds(found.seconds)}.${left}`;
}

/**
 * @param {object} props
 * @param {import('../agent.js').Agent} props.agent
 * @param {import('./search/asked.js').Asked} props.asked
 * @param {SearchAnswer} props.found
 * @param {(asked: import('./search/asked.js').Asked) => void} props.onSearch
 * @param {() => void} props.onSaved
 */
function Found({ agent, asked, found, onSearch, onSaved }) {
  const best = bestScores(found.items);
  const list = useRef(/** @type {HTMLOListElement | null} */ (null));
  const limit = asked.limit ?? FEW;
  const mayBeMore = found.items.length + found.left_out >= limit && limit < MANY;
  return html`
    ${found.troubles.map((trouble) => html`<p key=${trouble} class="note note-warn">${trouble}</p>`)}
    ${found.items.length === 0 && html`<${NothingFound} asked=${asked} found=${found} onSearch=${onSearch} />`}
    <ol class="hits" ref=${list}>
      ${found.items.map((hit, index) => html`<${HitCard} key=${`${hit.tier} ${hit.id}`} agent=${agent} asked=${asked} hit=${hit} rank=${index + 1} best=${best} onSaved=${onSaved} />`)}
    </ol>
    ${mayBeMore &&
    html`<div class="row row-center">
      <button type="button" class="button" onClick=${() => onSearch({ ...asked, limit: MANY })}>Show up to ${MANY} results</button>
    </div>`}
  `;
}

// The questions and the filters of a search. Typing does not search; Enter does.

import { html, useEffect, useId, useRef, useState } from '../../../core/html.js';
import { get, path } from '../../../core/api.js';
import { useLoaded } from '../../../core/loading.js';
import { Button, CheckField, SelectField, TextField } from '../../../parts/controls.js';
import { filtersInWords, NOTHING, TIERS } from './asked.js';

/** @typedef {import('./asked.js').Asked} Asked */

const MOST_QUERIES = 10;

/**
 * @param {object} props
 * @param {import('../../agent.js').Agent} props.agent
 * @param {Asked} props.asked
 * @param {(asked: Asked) => void} props.onSearch
 */
export function SearchForm({ agent, asked, onSearch }) {
  const first = (/** @type {Asked} */ given) => ({ ...given, queries: given.queries.length ? given.queries : [''] });
  const [draft, setDraft] = useState(first(asked));
  const [fault, setFault] = useState('');
  const form = useRef(/** @type {HTMLFormElement | null} */ (null));
  useEffect(() => setDraft(first(asked)), [JSON.stringify(asked)]);
  const change = (/** @type {Partial<Asked>} */ part) => setDraft({ ...draft, ...part });
  const setQuery = (/** @type {number} */ index, /** @type {string} */ text) => change({ queries: draft.queries.map((query, at) => (at === index ? text : query)) });
  const focus = (/** @type {number} */ index) => setTimeout(() => /** @type {NodeListOf<HTMLElement> | undefined} */ (form.current?.querySelectorAll('.search-field input'))?.[index]?.focus());
  const submitted = (/** @type {Event} */ event) => {
    event.preventDefault();
    const queries = draft.queries.filter((query) => query.trim());
    const isTwisted = draft.start && draft.end && draft.start > draft.end;
    setFault(isTwisted ? 'The last day is before the first one. Swap them.' : draft.tiers.length ? '' : 'Choose at least one place to look in.');
    if (!queries.length) focus(0);
    else if (!isTwisted && draft.tiers.length) onSearch({ ...draft, queries, limit: null });
  };
  const filters = filtersInWords(asked);
  return html`<form class="card form" ref=${form} onSubmit=${submitted} role="search">
    ${draft.queries.map(
      (query, index) => html`<div key=${index} class="row search-query">
        <div class="grow search-field">
          <${TextField}
            label=${draft.queries.length > 1 ? `Question ${index + 1}` : 'Question or words'}
            hideLabel
            type="search"
            value=${query}
            onInput=${(/** @type {string} */ text) => setQuery(index, text)}
            rest=${{ placeholder: index ? 'The same in other words, or another question' : 'What does the agent know about …', maxlength: 2000, enterkeyhint: 'search' }}
          />
        </div>
        ${index === 0
          ? html`<${Button} type="submit" kind="primary">Search<//>`
          : html`<${Button} kind="quiet" label=${`Take question ${index + 1} away`} onClick=${() => (change({ queries: draft.queries.filter((_, at) => at !== index) }), focus(index - 1))}>×<//>`}
      </div>`,
    )}
    <div class="row">
      ${draft.queries.length < MOST_QUERIES &&
      html`<${Button} kind="quiet" title="What several questions find comes first" onClick=${() => (change({ queries: [...draft.queries, ''] }), focus(draft.queries.length))}>+ Add a question<//>`}
      ${filters.length > 0 && html`<${Button} kind="quiet" onClick=${() => (onSearch({ ...NOTHING, queries: asked.queries }), focus(0))}>Remove all filters<//>`}
    </div>
    <details class="search-filters">
      <summary>Filters${filters.length > 0 && html` <span class="muted" dir="auto">${filters.join(' · ')}</span>`}</summary>
      <${Filters} agent=${agent} draft=${draft} change=${change} />
    </details>
    ${fault && html`<p class="note note-bad" role="alert">${fault}</p>`}
  </form>`;
}

/**
 * @param {object} props
 * @param {import('../../agent.js').Agent} props.agent
 * @param {Asked} props.draft
 * @param {(part: Partial<Asked>) => void} props.change
 */
function Filters({ agent, draft, change }) {
  const documents = useLoaded((signal) => get(path`agents/${agent.id}/sources`, { limit: 200 }, signal), [agent.id]);
  const names = useId();
  const words = (/** @type {string} */ text) => text.split(',').map((word) => word.trimStart()).filter(Boolean);
  return html`
    <fieldset class="row search-tiers">
      <legend>Look in</legend>
      ${TIERS.map(
        ([tier, text]) => html`<${CheckField}
          key=${tier}
          label=${text}
          checked=${draft.tiers.includes(tier)}
          onInput=${(/** @type {boolean} */ isIn) => change({ tiers: TIERS.map(([each]) => each).filter((each) => (each === tier ? isIn : draft.tiers.includes(each))) })}
        />`,
      )}
    </fieldset>
    <div class="grid">
      <${TextField} label="Said by" value=${draft.speaker} onInput=${(/** @type {string} */ speaker) => change({ speaker })} hint="A speaker's name. Only what was said has speakers." />
      <${SelectField}
        label="Words of"
        value=${draft.role}
        options=${[['', 'anyone'], ['user', 'others'], ['assistant', 'the agent itself']]}
        onInput=${(/** @type {string} */ role) => change({ role })}
      />
      <${TextField} label="From" type="date" value=${draft.start} onInput=${(/** @type {string} */ start) => change({ start })} hint="Core memory has no times." />
      <${TextField} label="Until" type="date" value=${draft.end} onInput=${(/** @type {string} */ end) => change({ end })} />
      <${TextField} label="As known on" type="date" value=${draft.asOf} onInput=${(/** @type {string} */ asOf) => change({ asOf })} />
      <${TextField} label="Tags" value=${draft.tags.join(', ')} onInput=${(/** @type {string} */ text) => change({ tags: words(text) })} hint="Any of them, with commas between. Only archives have tags." />
      <${TextField}
        label="Document"
        value=${draft.sources[0] ?? ''}
        onInput=${(/** @type {string} */ name) => change({ sources: name ? [name] : [] })}
        hint="Its name, or another source of passages."
        rest=${{ list: names, maxlength: 1000 }}
      />
      <datalist id=${names}>${documents.data?.items.map((/** @type {{name: string, archive: string | null}} */ each) => html`<option key=${`${each.archive}/${each.name}`} value=${each.name}></option>`)}</datalist>
      <${TextField}
        label="Budget in tokens"
        type="number"
        value=${draft.budget ? String(draft.budget) : ''}
        onInput=${(/** @type {string} */ text) => change({ budget: Math.trunc(Number(text)) || null })}
        hint="The best results that fit, as for a prompt."
        rest=${{ min: 1, max: 10_000_000, inputmode: 'numeric' }}
      />
    </div>
  `;
}

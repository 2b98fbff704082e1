// Saved searches: run them again, and see whether they still find what they should.

import { html, useEffect, useRef, useState } from '../../../core/html.js';
import { path, send } from '../../../core/api.js';
import { count, counted, seconds } from '../../../core/format.js';
import { asProblem, useList } from '../../../core/loading.js';
import { linkTo } from '../../../core/router.js';
import { mayWrite } from '../../../core/session.js';
import { Button } from '../../../parts/controls.js';
import { confirm } from '../../../parts/dialogs.js';
import { Badge, Listing, Progress, When } from '../../../parts/states.js';
import { askedBy, filtersInWords, queryOf } from './asked.js';
import { linkToExpected } from './saving.js';

/** @typedef {import('../../../core/api.js').Schemas['SavedSearchAnswer']} Saved */
/** @typedef {import('../../../core/api.js').Schemas['TriedSearchAnswer']} Tried */
/** @typedef {{tried: Tried | null, problem: string | null}} Outcome */

/**
 * @param {object} props
 * @param {import('../../agent.js').Agent} props.agent
 * @param {number} props.version Another one after a search was saved.
 */
export function SavedSearches({ agent, version }) {
  const place = path`agents/${agent.id}/searches`;
  const saved = useList(place, {});
  const [outcomes, setOutcomes] = useState(/** @type {Record<string, Outcome>} */ ({}));
  const [running, setRunning] = useState(/** @type {{done: number, all: number} | null} */ (null));
  const heading = useRef(/** @type {HTMLHeadingElement | null} */ (null));
  useEffect(() => void (version && saved.reload()), [version]);

  const run = async (/** @type {Saved} */ search) => {
    const outcome = await send('POST', `${place}/${encodeURIComponent(search.id)}/run`).then(
      (tried) => ({ tried, problem: null }),
      (error) => ({ tried: null, problem: asProblem(error).message }),
    );
    setOutcomes((before) => ({ ...before, [search.id]: outcome }));
  };
  const runAll = async () => {
    const all = /** @type {Saved[]} */ (saved.items ?? []);
    setOutcomes({});
    for (const [done, search] of all.entries()) {
      setRunning({ done, all: all.length });
      await run(search);
    }
    setRunning(null);
  };
  const remove = async (/** @type {Saved} */ search) => {
    const sure = await confirm({ title: 'Delete the saved search?', text: html`<p>The agent forgets nothing; only the test <b dir="auto">${search.search.queries.join(' + ')}</b> goes.</p>`, action: 'Delete', isDangerous: true });
    if (!sure) return;
    await send('DELETE', `${place}/${encodeURIComponent(search.id)}`);
    await saved.reload();
    heading.current?.focus();
  };
  const tried = Object.values(outcomes);
  const passed = tried.filter((each) => each.tried?.passed).length;
  return html`<section class="saved" aria-labelledby="saved-heading">
    <div class="row row-between">
      <h2 id="saved-heading" ref=${heading} tabindex="-1">Saved searches</h2>
      ${saved.items && saved.items.length > 0 && html`<${Button} onClick=${runAll} busy=${running !== null}>Run all<//>`}
    </div>
    ${running && html`<${Progress} label="Running search ${running.done + 1} of ${running.all}" done=${running.done} whole=${running.all} />`}
    <p role="status" class="muted">${!running && tried.length > 0 && `${count(passed)} passed, ${count(tried.length - passed)} failed.`}</p>
    <${Listing} of=${saved} what="the saved searches" empty=${html`<p class="muted">None yet. «Save as a test» at a result keeps the search with what it should find, and you see after any change whether it still does.</p>`}>
      ${(/** @type {Saved[]} */ items) => html`<ul class="saved-list">
        ${items.map((each) => html`<${SavedLine} key=${each.id} agent=${agent} saved=${each} outcome=${outcomes[each.id]} onRun=${() => run(each)} onRemove=${() => remove(each)} />`)}
      </ul>`}
    <//>
  </section>`;
}

/**
 * @param {object} props
 * @param {import('../../agent.js').Agent} props.agent
 * @param {Saved} props.saved
 * @param {Outcome | undefined} props.outcome
 * @param {() => Promise<void>} props.onRun
 * @param {() => Promise<void>} props.onRemove
 */
function SavedLine({ agent, saved, outcome, onRun, onRemove }) {
  const asked = askedBy(saved.search);
  const { expected } = outcome?.tried ?? saved;
  return html`<li class="card saved-line">
    <div class="row">
      <a class="grow" dir="auto" href=${linkTo(['agents', agent.name, 'search'], queryOf(asked))}>${saved.search.queries.join(' + ')}</a>
      ${outcome && html`<${Result} outcome=${outcome} within=${saved.within} />`}
    </div>
    ${filtersInWords(asked).length > 0 && html`<p class="small muted" dir="auto">${filtersInWords(asked).join(' · ')}</p>`}
    <p class="saved-expected" dir="auto">${expected.text ?? html`<span class="muted">What it should find was deleted.</span>`}</p>
    <div class="row small muted">
      <span>should be among the first ${count(saved.within)}; ${saved.rank === null ? 'was not found' : `was at place ${count(saved.rank)}`} when it was saved, <${When} time=${saved.created_at} /></span>
      ${expected.text !== null && html`<a href=${linkToExpected(agent.name, expected)}>Open it</a>`}
      <${Button} kind="quiet" onClick=${onRun}>Run<//>
      ${mayWrite.value && html`<${Button} kind="quiet" label="Delete this saved search" onClick=${onRemove}>Delete<//>`}
    </div>
  </li>`;
}

/** @param {{outcome: Outcome, within: number}} props */
function Result({ outcome, within }) {
  const { tried, problem } = outcome;
  if (!tried) return html`<${Badge} kind="bad">${problem}<//>`;
  const time = seconds(tried.seconds);
  if (tried.passed) return html`<${Badge} kind="good">passed: place ${count(tried.rank ?? 0)}, in ${time}<//>`;
  if (tried.expected.text === null) return html`<${Badge} kind="bad">failed: deleted<//>`;
  return html`<${Badge} kind="bad">failed: ${tried.rank === null ? 'not found' : `place ${count(tried.rank)}, not among ${count(within)}`}<//>`;
}

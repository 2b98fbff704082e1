// Loads of this agent that anyone began: what goes on, and what came of the last ones.

import { html, useEffect } from '../../../core/html.js';
import { count, percent } from '../../../core/format.js';
import { useEvery, useList } from '../../../core/loading.js';
import { Badge, Listing, When } from '../../../parts/states.js';

/** @typedef {import('../../../core/api.js').Schemas['JobAnswer']} Job */

const ASK_EVERY = 2000;

/** @type {Record<Job['state'], 'plain' | 'good' | 'bad' | 'accent'>} */
const KINDS = { queued: 'plain', running: 'accent', ended: 'good', failed: 'bad' };

/** @param {{agent: import('../../agent.js').Agent, version: number}} props */
export function EarlierLoads({ agent, version }) {
  const jobs = useList('jobs', { agent: agent.id, limit: 20 });
  const items = /** @type {Job[] | null} */ (jobs.items);
  const isGoingOn = items?.some((job) => job.state === 'queued' || job.state === 'running');
  useEffect(() => void (version && jobs.reload()), [version]);
  useEvery(jobs.reload, isGoingOn ? ASK_EVERY : null);
  if (!items?.length) return null;
  return html`<details class="jobs">
    <summary><h2>Loads so far</h2></summary>
    <${Listing} of=${jobs} what="the loads">
      ${(/** @type {Job[]} */ all) => html`<ul class="loads">
        ${all.map(
          (job) => html`<li key=${job.id} class="load">
            <span class="grow"><b dir="auto">${job.what}</b> ${job.error && html`<span class="load-problem">${job.error}</span>`}</span>
            <${Badge} kind=${KINDS[job.state]}>${job.state === 'running' ? (job.total ? percent(job.done, job.total) : `${count(job.done)} passages`) : job.state}<//>
            <span class="small muted"><${When} time=${job.ended_at ?? job.created_at} /></span>
          </li>`,
        )}
      </ul>`}
    <//>
  </details>`;
}

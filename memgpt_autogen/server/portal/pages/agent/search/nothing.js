// What to try where nothing was found.

import { html } from '../../../core/html.js';
import { counted } from '../../../core/format.js';
import { Button } from '../../../parts/controls.js';
import { Empty } from '../../../parts/states.js';
import { NOTHING } from './asked.js';

/** @typedef {import('./asked.js').Asked} Asked */

/** @type {Record<string, {text: string, without: Partial<Asked>}>} */
const CONDITIONS = {
  tiers: { text: 'Look in all places', without: { tiers: NOTHING.tiers } },
  speaker: { text: 'Drop the speaker', without: { speaker: '' } },
  role: { text: 'Drop whose words they are', without: { role: '' } },
  dates: { text: 'Drop the dates', without: { start: '', end: '', asOf: '' } },
  tags: { text: 'Drop the tags', without: { tags: [] } },
  sources: { text: 'Drop the document', without: { sources: [] } },
};

/**
 * @param {object} props
 * @param {Asked} props.asked
 * @param {import('../../../core/api.js').Schemas['SearchAnswer']} props.found
 * @param {(asked: Asked) => void} props.onSearch
 */
export function NothingFound({ asked, found, onSearch }) {
  if (found.left_out) {
    return html`<${Empty} title="Nothing fits into ${counted(asked.budget ?? 0, 'token')}">
      <${Button} onClick=${() => onSearch({ ...asked, budget: null })}>Search without a budget<//>
    <//>`;
  }
  const excluded = found.excluded ?? [];
  return html`<${Empty} title="Nothing was found">
    ${excluded.length > 0
      ? html`<p>The filters exclude it:</p>
          <div class="row row-center">
            ${excluded.map(({ condition, found: count }) => {
              const { text, without } = CONDITIONS[condition] ?? { text: 'Drop all filters', without: { ...NOTHING, queries: asked.queries } };
              return html`<${Button} key=${condition} onClick=${() => onSearch({ ...asked, ...without })}>${text}: ${counted(count, 'result')}<//>`;
            })}
          </div>`
      : html`<p>Try other words, fewer of them, or a name. Words are compared by their stems${asked.queries.length === 1 ? '; a second question in other words helps' : ''}.</p>`}
  <//>`;
}

// What may be used, and what of it was used in the last 24 hours.

import { html } from '../../core/html.js';
import { get } from '../../core/api.js';
import { count } from '../../core/format.js';
import { useLoaded } from '../../core/loading.js';
import { Loading, Meter } from '../../parts/states.js';
import { cost } from '../runs/words.js';

/** @typedef {import('../../core/api.js').Schemas['LimitsAnswer']} LimitsAnswer */

/** What limits there are: the limit's name, that of what was used, what it is called, and its unit. */
export const LIMITS = /** @type {const} */ ([
  ['turns_at_once', 'running', 'Turns at once', 'turns now'],
  ['turns_a_day', 'turns', 'Turns in 24 hours', 'turns'],
  ['tokens_a_day', 'tokens', 'Tokens in 24 hours', 'tokens'],
  ['cost_a_day', 'cost', 'Cost in 24 hours', ''],
]);

/** @param {{of: string, loaded?: import('../../core/loading.js').Loaded<LimitsAnswer>}} props `of` is their place in the API. */
export function Limits({ of, loaded }) {
  const own = useLoaded(async (signal) => (loaded ? null : get(of, {}, signal)), [of, Boolean(loaded)]);
  return html`<${Loading} of=${loaded ?? own} what="the limits">
    ${(/** @type {LimitsAnswer} */ found) =>
      found &&
      html`<dl class="limits">
        ${LIMITS.map(([limit, used, name, unit]) => html`<div key=${limit}><dt>${name}</dt><dd>${found[limit] === null ? html`${(limit === 'cost_a_day' ? cost : count)(found.used[used])} <span class="muted">${unit && `${unit}, `}without a limit</span>` : html`<${Meter} label=${name} used=${found.used[used]} limit=${found[limit]} unit=${unit} />`}${found[limit] !== null && found.used[used] >= /** @type {number} */ (found[limit]) && html`<p class="limit-reached small">The limit is reached: ${limit === 'turns_at_once' ? 'a further turn is refused until one ends.' : 'further turns are refused until what was used is older than 24 hours.'}</p>`}</dd></div>`)}
      </dl>`}
  <//>`;
}

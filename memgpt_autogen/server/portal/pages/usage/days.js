// What was used on each day: a picture, and the same numbers as a table.

import { html } from '../../core/html.js';
import { count, counted } from '../../core/format.js';
import { cost } from '../runs/words.js';

/** @typedef {import('../../core/api.js').Schemas['UsageAnswer']} Used */

const DAY = 86_400_000;

/** The most days of the picture. */
const MOST = 200;

const HEIGHT = 120;

/** How one part of what was used is called, and its number. @type {Record<string, {name: string, of: (day: Used) => number, text: (number: number) => string}>} */
const KINDS = {
  runs: { name: 'Turns', of: (day) => day.runs, text: (number) => counted(number, 'turn') },
  tokens: { name: 'Tokens', of: (day) => day.prompt_tokens + day.completion_tokens, text: (number) => counted(number, 'token') },
  cost: { name: 'Cost', of: (day) => day.cost ?? 0, text: (number) => cost(number) },
};

/**
 * @param {object} props
 * @param {Used[]} props.days As the API lists them: the newest first, and only those on which there was something.
 * @param {string | undefined} props.start
 * @param {string} props.of What the picture shows.
 */
export function Days({ days, start, of }) {
  if (!days.length) return null;
  const kind = KINDS[of] ?? KINDS.runs;
  const known = new Map(days.map((day) => [day.key, kind.of(day)]));
  const shown = keysBetween(start?.slice(0, 10) ?? days[days.length - 1].key, new Date().toISOString().slice(0, 10));
  const most = Math.max(...known.values());
  return html`<figure class="days">
    <figcaption>${kind.name} by day. The most on one day: ${kind.text(most)}.</figcaption>
    <svg class="bars" viewBox="0 0 ${shown.length * 10} ${HEIGHT}" preserveAspectRatio="none" role="img" aria-label="${kind.name} on ${counted(shown.length, 'day')}, from ${shown[0]} to ${shown[shown.length - 1]}. The table below has the numbers.">
      ${shown.map((day, index) => {
        const number = known.get(day) ?? 0;
        const height = most ? (number / most) * HEIGHT : 0;
        return html`<g key=${day}><title>${day}: ${kind.text(number)}</title><rect class="bar-room" x=${index * 10} y="0" width="10" height=${HEIGHT} /><rect class="bar" x=${index * 10 + 1} y=${HEIGHT - height} width="8" height=${height} /></g>`;
      })}
    </svg>
    <div class="row row-between small muted"><span>${shown[0]}</span><span>${shown[shown.length - 1]}</span></div>
    <details>
      <summary>The numbers by day</summary>
      <div class="table-frame" tabindex="0" role="region" aria-label="The numbers by day">
        <table>
          <thead><tr><th>Day</th><th class="number">Turns</th><th class="number">Failed</th><th class="number">Tokens read</th><th class="number">Tokens written</th><th class="number">Cost</th></tr></thead>
          <tbody>
            ${days.map(
              (day) => html`<tr key=${day.key}><th scope="row">${day.key}</th><td class="number">${count(day.runs)}</td><td class="number">${count(day.failed)}</td><td class="number">${count(day.prompt_tokens)}</td><td class="number">${count(day.completion_tokens)}</td><td class="number">${cost(day.cost)}</td></tr>`,
            )}
          </tbody>
        </table>
      </div>
    </details>
  </figure>`;
}

/**
 * Return the days from one to another, as the API writes them; the last ones, if these are very many.
 * @param {string} first
 * @param {string} last
 */
function keysBetween(first, last) {
  const end = Date.parse(last);
  const begin = Math.max(Date.parse(first), end - (MOST - 1) * DAY);
  const keys = [];
  for (let time = begin; time <= end; time += DAY) keys.push(new Date(time).toISOString().slice(0, 10));
  return keys;
}

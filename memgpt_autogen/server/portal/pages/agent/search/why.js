// Why a result came: each signal of a search as a labelled bar, and the words that match, marked.

import { html } from '../../../core/html.js';
import { count } from '../../../core/format.js';
import { Badge } from '../../../parts/states.js';
import { TIERS } from './asked.js';

/** @typedef {import('../../../core/api.js').Schemas['HitAnswer']} Hit */
/** @typedef {import('../../../core/api.js').Schemas['ReasonAnswer']} Reason */

/** @param {Hit} hit @param {Reason} why */
const group = (hit, why) => `${hit.tier} ${why.query}`;

/** @typedef {Map<string, {score: number, lexical: number}>} Best */

/**
 * Return the best scores of each query in each tier. Scores are comparable within these only.
 * @param {Hit[]} hits
 * @returns {Best}
 */
export function bestScores(hits) {
  const best = /** @type {Best} */ (new Map());
  for (const hit of hits) {
    for (const why of hit.why ?? []) {
      const known = best.get(group(hit, why)) ?? { score: 0, lexical: 0 };
      best.set(group(hit, why), { score: Math.max(known.score, why.score), lexical: Math.max(known.lexical, why.lexical ?? 0) });
    }
  }
  return best;
}

/** @param {{hit: Hit, best: Best}} props */
export function Why({ hit, best }) {
  const place = Object.fromEntries(TIERS)[hit.tier];
  const several = (hit.why ?? []).length > 1 || new Set([...best.keys()].map((key) => key.slice(key.indexOf(' ')))).size > 1;
  return html`<ul class="why" aria-label="Why it was found">
    ${(hit.why ?? []).map(
      (why) => html`<li key=${why.query}>
        <p class="small muted">${place}, place ${count(why.rank)}${several && html` for <q dir="auto">${why.query}</q>`}</p>
        <div class="signals">
          <${Bar} label="score" value=${why.score} most=${best.get(group(hit, why))?.score ?? 0} title="All signals together; the bar is full for the best result of this question here" />
          ${why.lexical !== null && html`<${Bar} label="words" value=${why.lexical} most=${best.get(group(hit, why))?.lexical ?? 0} title="BM25; the bar is full for the best result of this question here" />`}
          ${why.meaning !== null && html`<${Bar} label="meaning" value=${why.meaning} most=${1} title="How close the meanings are: the cosine of their vectors" />`}
          ${why.words.length > 0 && html`<span class="small">has <b dir="auto">${why.words.join(', ')}</b></span>`}
          ${why.beside.length > 0 && html`<span class="small">beside it <b dir="auto">${why.beside.join(', ')}</b></span>`}
          ${why.speaker && html`<${Badge} kind="accent">names the speaker<//>`}
          ${why.time && html`<${Badge} kind="accent">names the time<//>`}
        </div>
      </li>`,
    )}
  </ul>`;
}

/** @param {{label: string, value: number, most: number, title: string}} props */
function Bar({ label, value, most, title }) {
  const shown = value.toFixed(value < 0.1 ? 3 : 2);
  return html`<span class="signal" title=${title}>
    <span class="small">${label}</span>
    <meter aria-label="${label} ${shown}" min="0" max=${most || 1} value=${Math.max(0, Math.min(value, most || 1))}></meter>
    <span class="small number">${shown}</span>
  </span>`;
}

const WORDS = /[\p{L}\p{N}][\p{L}\p{N}\p{M}]*(?:['’][\p{L}\p{N}][\p{L}\p{N}\p{M}]*)*/gu;
const UNSPACED = /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}]/u;

/**
 * Return a text as nodes, with the words that match marked.
 * @param {string} text
 * @param {string[]} forms The words as the text writes them.
 */
export function marked(text, forms) {
  const wanted = new Set(forms);
  /** @type {any[]} */
  const parts = [];
  let after = 0;
  const mark = (/** @type {number} */ start, /** @type {string} */ word) => {
    if (start > after) parts.push(text.slice(after, start));
    parts.push(html`<mark>${word}</mark>`);
    after = start + word.length;
  };
  for (const found of wanted.size ? text.matchAll(WORDS) : []) {
    if (wanted.has(found[0])) mark(found.index, found[0]);
    else if (UNSPACED.test(found[0])) markInside(found[0], found.index, wanted, mark);
  }
  return [...parts, text.slice(after)];
}

/** How long a result is before it is shown in part, how long that part is, and how much stands before its first word. */
const LONG = 600;
const PART = 450;
const BEFORE = 120;

/**
 * Return where the part of a long text that is shown begins and ends: around the first word that matches.
 * @param {string} text
 * @param {string[]} forms
 */
export function excerpt(text, forms) {
  if (text.length <= LONG) return { start: 0, end: text.length };
  const wanted = new Set(forms);
  const first = [...text.matchAll(WORDS)].find((found) => wanted.has(found[0]))?.index ?? 0;
  const start = first > BEFORE * 2 ? text.lastIndexOf(' ', first - BEFORE) + 1 : 0;
  const end = text.indexOf(' ', start + PART);
  return { start, end: end < 0 ? text.length : end };
}

/**
 * Mark characters and pairs of them, in scripts without spaces.
 * @param {string} run
 * @param {number} start
 * @param {Set<string>} wanted
 * @param {(start: number, word: string) => void} mark
 */
function markInside(run, start, wanted, mark) {
  const letters = [...run];
  let place = start;
  for (let index = 0; index < letters.length; index += 1) {
    const pair = letters[index] + (letters[index + 1] ?? '');
    const word = wanted.has(pair) ? pair : letters[index];
    if (wanted.has(word)) mark(place, word);
    if (word === pair && word !== letters[index]) index += 1;
    place += word.length;
  }
}

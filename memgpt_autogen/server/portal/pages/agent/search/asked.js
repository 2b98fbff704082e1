// What is asked for: in the address of the page, and in the request.

/**
 * @typedef {object} Asked
 * @property {string[]} queries
 * @property {Tier[]} tiers All of them by default.
 * @property {string} speaker
 * @property {string} role
 * @property {string} start The first day, as `2026-05-01`.
 * @property {string} end The last day.
 * @property {string} asOf The day of which what was known is searched.
 * @property {string[]} tags
 * @property {string[]} sources
 * @property {number | null} limit
 * @property {number | null} budget
 */

/** @typedef {'core' | 'recall' | 'archival'} Tier */

/** @type {[Tier, string][]} */
export const TIERS = [['core', 'Core memory'], ['recall', 'What was said'], ['archival', 'Archives and documents']];

/** How many results are shown at first, and at most. */
export const FEW = 20;
export const MANY = 200;

/** @type {Asked} */
export const NOTHING = { queries: [], tiers: TIERS.map(([tier]) => tier), speaker: '', role: '', start: '', end: '', asOf: '', tags: [], sources: [], limit: null, budget: null };

/**
 * @param {URLSearchParams} query
 * @returns {Asked}
 */
export function askedOf(query) {
  const lines = (/** @type {string} */ name) => (query.get(name) ?? '').split('\n').filter((line) => line.trim());
  const number = (/** @type {string} */ name) => Math.trunc(Number(query.get(name))) || null;
  const wanted = (query.get('in') ?? '').split(',');
  const tiers = NOTHING.tiers.filter((tier) => wanted.includes(tier));
  return {
    queries: lines('q').slice(0, 10),
    tiers: tiers.length ? tiers : NOTHING.tiers,
    speaker: query.get('speaker') ?? '',
    role: query.get('role') ?? '',
    start: query.get('start') ?? '',
    end: query.get('end') ?? '',
    asOf: query.get('as-of') ?? '',
    tags: lines('tag'),
    sources: lines('source'),
    limit: number('limit'),
    budget: number('budget'),
  };
}

/**
 * Return the query of the page's address, which `askedOf` reads.
 * @param {Asked} asked
 * @returns {Record<string, string | number | null>}
 */
export function queryOf(asked) {
  return {
    q: asked.queries.map((query) => query.trim()).filter(Boolean).join('\n'),
    in: asked.tiers.length === TIERS.length ? '' : asked.tiers.join(','),
    speaker: asked.speaker.trim(),
    role: asked.role,
    start: asked.start,
    end: asked.end,
    'as-of': asked.asOf,
    tag: asked.tags.join('\n'),
    source: asked.sources.join('\n'),
    limit: asked.limit,
    budget: asked.budget,
  };
}

/**
 * Return the body of the request.
 * @param {Asked} asked
 */
export function bodyOf(asked) {
  const moment = (/** @type {string} */ day, /** @type {string} */ time) => {
    const found = new Date(`${day}T${time}`);
    return day && !Number.isNaN(found.getTime()) ? found.toISOString() : null;
  };
  return {
    queries: asked.queries,
    tiers: asked.tiers,
    speaker: asked.speaker || null,
    role: asked.role || null,
    start: moment(asked.start, '00:00:00'),
    end: moment(asked.end, '23:59:59.999'),
    as_of: moment(asked.asOf, '23:59:59.999'),
    tags: asked.tags,
    sources: asked.sources,
    limit: asked.limit ?? FEW,
    budget_tokens: asked.budget,
    explain: true,
  };
}

/**
 * Return what a saved search asks for.
 * @param {import('../../../core/api.js').Schemas['SavedRequestAnswer']} search
 * @returns {Asked}
 */
export function askedBy(search) {
  const { queries, tiers, tags, sources } = search;
  return {
    queries,
    tiers,
    tags,
    sources,
    speaker: search.speaker ?? '',
    role: search.role ?? '',
    start: search.start ? dayOf(search.start) : '',
    end: search.end ? dayOf(search.end) : '',
    asOf: search.as_of ? dayOf(search.as_of) : '',
    limit: search.limit === FEW ? null : search.limit,
    budget: search.budget_tokens,
  };
}

/** @param {string} time */
function dayOf(time) {
  const day = new Date(time);
  const two = (/** @type {number} */ number) => String(number).padStart(2, '0');
  return `${String(day.getFullYear()).padStart(4, '0')}-${two(day.getMonth() + 1)}-${two(day.getDate())}`;
}

/**
 * Return the filters in words, without the questions.
 * @param {Asked} asked
 */
export function filtersInWords(asked) {
  const names = Object.fromEntries(TIERS);
  return [
    asked.tiers.length < TIERS.length && `in: ${asked.tiers.map((tier) => names[tier]).join(', ')}`,
    asked.speaker && `said by ${asked.speaker}`,
    asked.role && (asked.role === 'assistant' ? 'words of the agent' : 'words of others'),
    asked.start && `from ${asked.start}`,
    asked.end && `until ${asked.end}`,
    asked.asOf && `as known on ${asked.asOf}`,
    asked.tags.length > 0 && `tags: ${asked.tags.join(', ')}`,
    asked.sources.length > 0 && `documents: ${asked.sources.join(', ')}`,
    asked.budget && `at most ${asked.budget} tokens`,
  ]
    .filter(Boolean)
    .map(String);
}

// What stands where something is not there: not yet, not at all, or only in part.

import { html, useEffect, useRef } from '../core/html.js';
import { ago, exactTime, percent } from '../core/format.js';
import { Button, Problem } from './controls.js';

/**
 * What was loaded, or that it loads, or why it did not.
 * @template T
 * @param {object} props
 * @param {import('../core/loading.js').Loaded<T>} props.of
 * @param {(data: T) => any} props.children What is shown of it.
 * @param {string} [props.what] What loads, such as «the agents».
 */
export function Loading({ of, children, what = 'the page' }) {
  return html`
    ${of.problem && html`<${Problem} problem=${of.problem} onRetry=${of.reload} />`}
    ${of.data !== null ? children(of.data) : of.isLoading && html`<p class="muted" role="status"><span class="spinner" aria-hidden="true"></span> Loading ${what} …</p>`}
  `;
}

/**
 * A list that loads part by part. The next part comes when the end is near, or by the button.
 * @template T
 * @param {object} props
 * @param {import('../core/loading.js').Listed<T>} props.of
 * @param {(items: T[]) => any} props.children What is shown of the items.
 * @param {any} [props.empty] What stands in place of no items.
 * @param {string} [props.what]
 */
export function Listing({ of, children, empty, what = 'the list' }) {
  const end = useRef(/** @type {HTMLDivElement | null} */ (null));
  const more = useRef(of.more);
  more.current = of.more;
  useEffect(() => {
    if (!end.current) return undefined;
    const watcher = new IntersectionObserver((seen) => seen.some((each) => each.isIntersecting) && more.current(), { rootMargin: '400px' });
    watcher.observe(end.current);
    return () => watcher.disconnect();
  }, [of.hasMore, of.items?.length]);
  return html`
    ${of.items === null && of.isLoading && html`<p class="muted" role="status"><span class="spinner" aria-hidden="true"></span> Loading ${what} …</p>`}
    ${of.items !== null && (of.items.length > 0 ? children(of.items) : empty)}
    ${of.problem && html`<${Problem} problem=${of.problem} onRetry=${of.items === null ? of.reload : of.more} />`}
    ${of.hasMore && !of.problem && html`<div ref=${end} class="row row-center"><${Button} busy=${of.isLoading} onClick=${of.more}>Load more<//></div>`}
  `;
}

/**
 * What stands where nothing is yet, and what to do first.
 * @param {object} props
 * @param {string} props.title
 * @param {any} [props.children]
 */
export function Empty({ title, children }) {
  return html`<div class="empty">
    <p class="empty-title">${title}</p>
    ${children}
  </div>`;
}

/**
 * A time, as how long ago it was; the exact one when pointed at.
 * @param {object} props
 * @param {string | null | undefined} props.time
 */
export function When({ time }) {
  return time ? html`<time datetime=${time} title=${exactTime(time)}>${ago(time)}</time>` : html`<span class="muted">never</span>`;
}

/**
 * How far some work is. Without a `whole`, only that it goes on.
 * @param {object} props
 * @param {string} props.label
 * @param {number} [props.done]
 * @param {number | null} [props.whole]
 */
export function Progress({ label, done = 0, whole = null }) {
  return html`<div class="progress">
    <span>${label}${whole ? html` <span class="muted">${percent(done, whole)}</span>` : ''}</span>
    <progress aria-label=${label} value=${whole ? done : undefined} max=${whole ?? undefined}></progress>
  </div>`;
}

/**
 * How much of a limit is used, as a bar.
 * @param {object} props
 * @param {string} props.label
 * @param {number} props.used
 * @param {number} props.limit
 * @param {string} [props.unit]
 */
export function Meter({ label, used, limit, unit = '' }) {
  const part = limit ? used / limit : 0;
  return html`<div class="meter ${part > 0.9 ? 'meter-full' : ''}">
    <meter aria-label=${label} min="0" max=${limit} value=${Math.min(used, limit)}></meter>
    <span class="muted">${used.toLocaleString()} of ${limit.toLocaleString()} ${unit}</span>
  </div>`;
}

/**
 * A word in a box, as a state or a tag.
 * @param {object} props
 * @param {any} props.children
 * @param {'plain' | 'good' | 'bad' | 'warn' | 'accent'} [props.kind]
 */
export function Badge({ children, kind = 'plain' }) {
  return html`<span class="badge badge-${kind}">${children}</span>`;
}

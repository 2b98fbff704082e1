// Markdown as elements: headings, lists, code, tables, quotes, links. HTML in it is a text.

import { h, html, useMemo, useState } from '../core/html.js';
import { count } from '../core/format.js';
import { Button, CopyButton } from './controls.js';
import { blocksOf, sourcesOf } from './markdown/blocks.js';
import { inlines } from './markdown/inline.js';

/** @typedef {import('./markdown/inline.js').Inline} Inline */
/** @typedef {import('./markdown/blocks.js').Block} Block */

/** How many characters are shown at first, and how many more each time. */
const SHOWN = 20_000;

/**
 * A Markdown text. Of a very long one, the start is shown, and the rest on demand.
 * @param {object} props
 * @param {string} props.text
 * @param {boolean} [props.isPartial] Whether it is still written: then its end is shown, and open marks hold to the end.
 */
export function Markdown({ text, isPartial = false }) {
  const [shown, setShown] = useState(SHOWN);
  const isCut = text.length > shown * 1.2;
  const seen = isPartial ? text.slice(partialStart(text)) : isCut ? cut(text, shown) : text;
  const sources = useMemo(() => sourcesOf(seen), [seen]);
  return html`<div class="markdown" dir="auto">
    ${sources.map((source, index) => html`<${Source} key=${index} source=${source} isPartial=${isPartial && index === sources.length - 1} />`)}
    ${isCut &&
    !isPartial &&
    html`<p class="row">
      <span class="muted">${count(seen.length)} of ${count(text.length)} characters</span>
      <${Button} onClick=${() => setShown(seen.length + 2 * SHOWN)}>Show more<//>
    </p>`}
  </div>`;
}

/** Where the part of a growing text begins that is shown. It stays the same for long, so that little is drawn again. @param {string} text */
function partialStart(text) {
  const step = Math.max(0, Math.floor(text.length / SHOWN) - 1) * SHOWN;
  const line = step && text.indexOf('\n', step) + 1;
  return line > step && line < step + SHOWN ? line : step;
}

/** @param {string} text @param {number} most */
function cut(text, most) {
  const line = text.lastIndexOf('\n', most);
  return text.slice(0, line > most / 2 ? line : most);
}

/** A block of the text. It is read again only if its source changes. @param {{source: string, isPartial: boolean}} props */
function Source({ source, isPartial }) {
  return useMemo(() => blocksOf(source).map((block, index) => shownBlock(block, isPartial, index)), [source, isPartial]);
}

/**
 * @param {Block} block
 * @param {boolean} isPartial
 * @param {number} key
 * @returns {any}
 */
function shownBlock(block, isPartial, key) {
  const words = (/** @type {string} */ text) => inlines(text, isPartial).map(shownInline);
  switch (block.kind) {
    case 'heading':
      // the page has the first levels itself
      return h(`h${Math.min(6, block.level + 2)}`, { key, dir: 'auto' }, words(block.text));
    case 'code':
      return html`<div key=${key} class="code">
        <div class="code-head"><span class="muted small">${block.language}</span><${CopyButton} text=${block.text} label="Copy this code" /></div>
        <pre dir="ltr"><code>${block.text}</code></pre>
      </div>`;
    case 'quote':
      return h('blockquote', { key, dir: 'auto' }, block.blocks.map((each, index) => shownBlock(each, isPartial, index)));
    case 'list':
      return h(block.start === null ? 'ul' : 'ol', { key, dir: 'auto', start: block.start ?? undefined }, block.items.map((item, index) => h('li', { key: index, dir: 'auto' }, shownItem(item, isPartial))));
    case 'table':
      return html`<div key=${key} class="table-frame" role="region" aria-label="Table" tabindex="0">
        <table>
          <thead>
            <tr>${block.head.map((cell, column) => h('th', { class: `align-${block.aligns[column]}`, scope: 'col', dir: 'auto' }, words(cell)))}</tr>
          </thead>
          <tbody>
            ${block.rows.map((row) => h('tr', {}, row.map((cell, column) => h('td', { class: `align-${block.aligns[column]}`, dir: 'auto' }, words(cell)))))}
          </tbody>
        </table>
      </div>`;
    case 'rule':
      return h('hr', { key });
    default:
      return h('p', { key, dir: 'auto' }, words(block.text));
  }
}

/**
 * What stands in an item of a list. A paragraph of a tight list is no paragraph of its own.
 * @param {{isTight: boolean, blocks: Block[]}} item
 * @param {boolean} isPartial
 */
function shownItem({ isTight, blocks }, isPartial) {
  return blocks.map((block, index) =>
    isTight && block.kind === 'paragraph' ? inlines(block.text, isPartial).map(shownInline) : shownBlock(block, isPartial, index),
  );
}

/** @param {Inline} piece @returns {any} */
function shownInline(piece) {
  if (typeof piece === 'string') return piece;
  switch (piece.kind) {
    case 'code':
      return h('code', { dir: 'ltr' }, piece.text);
    case 'break':
      return h('br', {});
    case 'link':
      return h('a', { href: piece.href, target: '_blank', rel: 'noreferrer noopener' }, piece.children.map(shownInline));
    default:
      return h(piece.kind, {}, piece.children.map(shownInline));
  }
}

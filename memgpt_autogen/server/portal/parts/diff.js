// What differs between two texts: lines that are gone and new, and in them the words.

import { html, useState } from '../core/html.js';
import { counted } from '../core/format.js';
import { differences } from '../core/differences.js';
import { wordDiff } from '../core/word_diff.js';

/** @typedef {import('../core/differences.js').Piece} Piece */

/** The equal lines that are shown around a difference; the others are folded. */
const AROUND = 2;

/**
 * @typedef {object} Line
 * @property {'same' | 'gone' | 'new'} kind
 * @property {Piece[]} pieces
 */

/**
 * The difference of two texts.
 * @param {object} props
 * @param {string | null} props.before Null where there was none.
 * @param {string | null} props.after
 * @param {string} [props.label] What it is the difference of, for a screen reader.
 */
export function Diff({ before, after, label = 'Difference' }) {
  if (before === after) return html`<p class="muted">The text is the same.</p>`;
  return html`<${Lines} label=${label} lines=${linesOf(before, after)} />`;
}

/**
 * A difference that the API tells line by line: `-` is gone, `+` is new, `@` begins a part.
 * @param {object} props
 * @param {string[]} props.lines
 * @param {string} [props.label]
 */
export function DiffLines({ lines, label = 'Difference' }) {
  /** @type {Record<string, Line['kind']>} */
  const kinds = { '-': 'gone', '+': 'new' };
  const shown = lines.filter((line) => !line.startsWith('@@'));
  return html`<${Lines}
    label=${label}
    lines=${shown.map((line) => ({ kind: kinds[line[0]] ?? 'same', pieces: [{ kind: 'same', text: line.slice(1) }] }))}
  />`;
}

/** @param {{label: string, lines: Line[]}} props */
function Lines({ label, lines }) {
  const [isWhole, setWhole] = useState(false);
  const near = lines.map((_, place) => lines.slice(Math.max(0, place - AROUND), place + AROUND + 1).some((line) => line.kind !== 'same'));
  const parts = [];
  for (let place = 0; place < lines.length; place += 1) {
    if (isWhole || near[place]) {
      parts.push(html`<${OneLine} key=${place} line=${lines[place]} />`);
      continue;
    }
    const next = near.indexOf(true, place);
    const end = next < 0 ? lines.length : next;
    parts.push(
      html`<button key=${place} type="button" class="button button-quiet diff-fold" onClick=${() => setWhole(true)}>
        … ${counted(end - place, 'equal line')}
      </button>`,
    );
    place = end - 1;
  }
  return html`<div class="diff diff-lines" role="group" aria-label=${label}>${parts}</div>`;
}

/** @param {{line: Line}} props */
function OneLine({ line }) {
  const sign = { same: '', gone: '−', new: '+' }[line.kind];
  const said = { same: '', gone: 'gone: ', new: 'new: ' }[line.kind];
  return html`<div class="diff-line diff-${line.kind}">
    <span class="diff-sign" aria-hidden="true">${sign}</span>
    <span dir="auto">
      ${said && html`<span class="visually-hidden">${said}</span>`}
      ${line.pieces.map((piece) => (piece.kind === 'same' ? piece.text : piece.kind === 'gone' ? html`<del>${piece.text}</del>` : html`<ins>${piece.text}</ins>`))}
    </span>
  </div>`;
}

/**
 * @param {string | null} before
 * @param {string | null} after
 * @returns {Line[]}
 */
export function linesOf(before, after) {
  const [old, young] = [before, after].map((text) => (text === null || text === '' ? [] : text.split('\n')));
  /** @type {Line[]} */
  const lines = [];
  const found = differences(old, young);
  for (let place = 0; place < found.length; place += 1) {
    const { gone, fresh, same } = found[place];
    lines.push(...changed(gone, fresh));
    lines.push(...same.map((text) => ({ kind: /** @type {const} */ ('same'), pieces: [{ kind: /** @type {const} */ ('same'), text }] })));
  }
  return lines;
}

/** The share of a changed part that must be equal, for its words to be compared. */
const ALIKE = 0.3;

/**
 * @param {string[]} gone
 * @param {string[]} fresh
 * @returns {Line[]}
 */
function changed(gone, fresh) {
  const texts = [gone.join('\n'), fresh.join('\n')];
  const pieces = gone.length && fresh.length ? wordDiff(texts[0], texts[1]) : [];
  const alike = pieces.reduce((length, piece) => length + (piece.kind === 'same' ? piece.text.trim().length : 0), 0);
  const areWords = alike >= ALIKE * Math.max(texts[0].length, texts[1].length);
  const sides = texts.map((text, side) =>
    areWords ? pieces.filter((piece) => piece.kind !== (side ? 'gone' : 'new')) : [{ kind: /** @type {const} */ ('same'), text }],
  );
  return [
    ...(gone.length ? split(sides[0], 'gone') : []),
    ...(fresh.length ? split(sides[1], 'new') : []),
  ];
}

/**
 * @param {Piece[]} pieces
 * @param {Line['kind']} kind
 * @returns {Line[]}
 */
function split(pieces, kind) {
  /** @type {Line[]} */
  const lines = [{ kind, pieces: [] }];
  for (const piece of pieces) {
    piece.text.split('\n').forEach((text, place) => {
      if (place) lines.push({ kind, pieces: [] });
      if (text) lines[lines.length - 1].pieces.push({ kind: piece.kind, text });
    });
  }
  return lines;
}

// What differs between two texts, word by word.

import { differences } from './differences.js';

/** @typedef {import('./differences.js').Piece} Piece */

// a word, blanks, or one sign; scripts without blanks go sign by sign
const TOKENS = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]|[\p{L}\p{N}\p{M}_]+|\s+|[^]/gu;

/**
 * Return the pieces of both texts in order: those that are gone stand before those that are new.
 * @param {string} before
 * @param {string} after
 * @returns {Piece[]}
 */
export function wordDiff(before, after) {
  const found = differences(before.match(TOKENS) ?? [], after.match(TOKENS) ?? []);
  return joined(
    found.flatMap(({ gone, fresh, same }) => [
      { kind: /** @type {const} */ ('gone'), text: gone.join('') },
      { kind: /** @type {const} */ ('new'), text: fresh.join('') },
      { kind: /** @type {const} */ ('same'), text: same.join('') },
    ]),
  );
}

/**
 * Join neighbours of one kind. Blanks between two changes belong to them, so that phrases change and not words.
 * @param {Piece[]} pieces
 * @returns {Piece[]}
 */
function joined(pieces) {
  const full = pieces.filter((piece) => piece.text);
  /** @type {Piece[]} */
  const found = [];
  let gone = '';
  let added = '';
  const flush = () => {
    if (gone) found.push({ kind: 'gone', text: gone });
    if (added) found.push({ kind: 'new', text: added });
    gone = added = '';
  };
  full.forEach((piece, place) => {
    if (piece.kind === 'gone') gone += piece.text;
    else if (piece.kind === 'new') added += piece.text;
    else if ((gone || added) && /^[^\S\n]+$/.test(piece.text) && (full[place + 1]?.kind ?? 'same') !== 'same') {
      gone += piece.text;
      added += piece.text;
    } else {
      flush();
      const last = found.at(-1);
      if (last?.kind === 'same') last.text += piece.text;
      else found.push({ ...piece });
    }
  });
  flush();
  return found;
}

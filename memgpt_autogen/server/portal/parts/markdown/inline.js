// Markdown within a line: code, emphasis, links. It reads a text once, whatever it is.

/**
 * A piece of a line: a text, or something with pieces in it.
 * @typedef {string | {kind: 'code', text: string} | {kind: 'break'} | {kind: 'strong' | 'em' | 'del', children: Inline[]} | {kind: 'link', href: string, children: Inline[]}} Inline
 */

/**
 * @typedef {object} Frame
 * @property {string} mark What opened it: `*`, `**`, `~~`, `[` ...; empty for the whole.
 * @property {Inline[]} children
 * @property {boolean} [isText] Whether it is a bracket that can be no link, since a link stands in it.
 */

/** How deep marks may stand in each other; deeper ones are texts. */
const DEEPEST = 16;

/** The most characters of an address. */
const LONGEST_ADDRESS = 2000;

const SPECIAL = /\\|`+|\*+|_+|~~|!?\[|\]|<|\bhttps?:\/\/|\n/g;
const NO_END = new Set('.,;:!?\'*_~]}');
const PUNCTUATION = /[!-/:-@[-`{-~]/;
const WORD = /[\p{L}\p{N}]/u;
const PLAIN_WORD = /[A-Za-z0-9]/;
const TARGET = /\(\s{0,9}<?([^\s()<>]{0,2000}(?:\([^\s()<>]{0,200}\)[^\s()<>]{0,200}){0,3})>?(?:\s{1,9}"[^"\n]{0,500}")?\s{0,9}\)/y;
const UNFINISHED_TARGET = /\([^\s()<>]{0,2000}$/y;
const BARE = /https?:\/\/[^\s<>"`]{1,2000}/y;
const IN_ANGLES = /<((?:https?:\/\/|mailto:)[^\s<>]{1,2000}|[^\s<>@]{1,100}@[^\s<>@]{1,100}\.[A-Za-z]{2,20})>/y;
const KINDS = /** @type {const} */ ({ '*': 'em', _: 'em', '**': 'strong', __: 'strong', '~~': 'del' });

/**
 * Return an address that a link may have, or null. Scripts and files are none.
 * @param {string} address
 */
export function safeAddress(address) {
  const wanted = address.trim().slice(0, LONGEST_ADDRESS);
  return /^(?:https?:\/\/|mailto:)[^\s]/i.test(wanted) && URL.canParse(wanted) ? wanted : null;
}

/**
 * Read the pieces of a text.
 * @param {string} text
 * @param {boolean} [isPartial] Whether the end is not written yet: then marks that are open hold to the end.
 * @returns {Inline[]}
 */
export function inlines(text, isPartial = false) {
  return new Reader(text, isPartial).read();
}

class Reader {
  /** @param {string} text @param {boolean} isPartial */
  constructor(text, isPartial) {
    this.text = text;
    this.isPartial = isPartial;
    /** @type {Frame[]} */
    this.frames = [{ mark: '', children: [] }];
    /** How many open frames have a mark. @type {Record<string, number>} */
    this.open = {};
    /** Where runs of so many backticks begin, in order. @type {Map<number, number[]> | null} */
    this.ticks = null;
  }

  read() {
    const { text } = this;
    let place = 0;
    SPECIAL.lastIndex = 0;
    for (;;) {
      const at = SPECIAL.exec(text);
      this.put(text.slice(place, at ? at.index : text.length));
      if (!at) break;
      place = this.special(at[0], at.index);
      SPECIAL.lastIndex = place;
    }
    return this.end();
  }

  /**
   * Read what stands at a special character, and return where it ends.
   * @param {string} found
   * @param {number} at
   * @returns {number}
   */
  special(found, at) {
    const { text } = this;
    const end = at + found.length;
    switch (found[0]) {
      case '\\':
        if (text[end] === '\n') return this.add({ kind: 'break' }, end + 1);
        if (!PUNCTUATION.test(text[end] ?? '')) return this.put('\\', end);
        return this.put(text[end], end + 1);
      case '\n':
        return this.add({ kind: 'break' }, end);
      case '`':
        return this.code(found.length, end);
      case '*':
      case '_':
      case '~':
        return this.emphasis(found, at, end);
      case '!':
      case '[':
        return this.frames.length > DEEPEST ? this.put(found, end) : this.push(found, end);
      case ']':
        return this.link(end);
      case '<':
        return this.angles(at, end);
      default:
        return this.bare(at);
    }
  }

  /** @param {number} size @param {number} start */
  code(size, start) {
    const end = this.nextTicks(size, start);
    if (end < 0 && !this.isPartial) return this.put('`'.repeat(size), start);
    const inside = this.text.slice(start, end < 0 ? undefined : end).replaceAll('\n', ' ');
    const isPadded = inside.length > 2 && inside.startsWith(' ') && inside.endsWith(' ') && inside.trim() !== '';
    return this.add({ kind: 'code', text: isPadded ? inside.slice(1, -1) : inside }, end < 0 ? this.text.length : end + size);
  }

  /** @param {number} size @param {number} start */
  nextTicks(size, start) {
    if (!this.ticks) {
      this.ticks = new Map();
      for (const run of this.text.matchAll(/`+/g)) {
        const known = this.ticks.get(run[0].length) ?? [];
        known.push(run.index);
        this.ticks.set(run[0].length, known);
      }
      for (const places of this.ticks.values()) places.reverse();
    }
    const places = this.ticks.get(size) ?? [];
    while (places.length && places[places.length - 1] < start) places.pop();
    return places.at(-1) ?? -1;
  }

  /** @param {string} run @param {number} at @param {number} end */
  emphasis(run, at, end) {
    const [before, after] = [this.text[at - 1] ?? ' ', this.text[end] ?? (this.isPartial ? 'x' : ' ')];
    if (run.length > 3) return this.put(run, end);
    const isInWord = (run[0] === '_' && WORD.test(before) && WORD.test(after)) || (run === '*' && PLAIN_WORD.test(before) && PLAIN_WORD.test(after));
    let left = run.length;
    if (!/\s/.test(before) && !isInWord) left = this.close(run[0], left);
    if (left && !/\s/.test(after) && !isInWord && this.frames.length + left <= DEEPEST) {
      for (const size of left === 3 ? [2, 1] : [left]) this.push(run[0].repeat(size), end);
      left = 0;
    }
    return this.put(run[0].repeat(left), end);
  }

  /**
   * Close frames that so many marks end, and return how many marks are left.
   * @param {string} character
   * @param {number} left
   */
  close(character, left) {
    for (const _ of [1, 2, 3]) {
      const isSame = left < 3 && this.open[character.repeat(left)];
      const sizes = isSame ? [left] : [2, 1].filter((size) => size <= left && this.open[character.repeat(size)]);
      if (!sizes.length) break;
      const marks = sizes.map((size) => character.repeat(size));
      while (!marks.includes(this.top().mark)) this.drop();
      const { mark, children } = this.pop();
      left -= mark.length;
      if (children.length) this.add({ kind: KINDS[/** @type {keyof typeof KINDS} */ (mark)], children }, 0);
      else this.put(mark + mark);
    }
    return left;
  }

  /** @param {number} end */
  link(end) {
    if (!this.isInLink()) return this.put(']', end);
    while (!this.top().mark.endsWith('[')) this.drop();
    TARGET.lastIndex = UNFINISHED_TARGET.lastIndex = end;
    const target = TARGET.exec(this.text);
    const href = target && safeAddress(target[1]);
    if (!this.top().isText && !target && this.isPartial && UNFINISHED_TARGET.test(this.text)) {
      return this.flatten(this.pop().children, this.text.length);
    }
    if (!target || !href || this.top().isText) {
      this.drop();
      return this.put(']', end);
    }
    const { mark, children } = this.pop();
    end += target[0].length;
    if (mark === '![' && this.isInLink()) return this.flatten(children, end);
    for (const frame of this.frames) frame.isText = true;
    return this.add({ kind: 'link', href, children: children.length ? children : [href] }, end);
  }

  /** Whether what follows may be the text of a link. */
  isInLink() {
    return Boolean(this.open['['] || this.open['![']);
  }

  /** @param {number} at @param {number} end */
  angles(at, end) {
    IN_ANGLES.lastIndex = at;
    const found = IN_ANGLES.exec(this.text);
    const href = found && safeAddress(/^(?:https?|mailto):/i.test(found[1]) ? found[1] : `mailto:${found[1]}`);
    if (!found || !href || this.isInLink()) return this.put('<', end);
    return this.add({ kind: 'link', href, children: [found[1]] }, at + found[0].length);
  }

  /** @param {number} at */
  bare(at) {
    BARE.lastIndex = at;
    const whole = BARE.exec(this.text)?.[0] ?? '';
    const hasBracket = whole.includes('(');
    let size = whole.length;
    while (size && (NO_END.has(whole[size - 1]) || (whole[size - 1] === ')' && !hasBracket))) size -= 1;
    const found = whole.slice(0, size);
    const href = found && safeAddress(found);
    const scheme = this.text.startsWith('https', at) ? 'https://' : 'http://';
    if (!href || this.isInLink()) return this.put(found || scheme, at + (found || scheme).length);
    return this.add({ kind: 'link', href, children: [found] }, at + found.length);
  }

  end() {
    while (this.frames.length > 1) {
      const { mark, children } = this.top();
      if (!this.isPartial || mark.endsWith('[')) this.drop();
      else {
        this.pop();
        if (children.length) this.add({ kind: KINDS[/** @type {keyof typeof KINDS} */ (mark)], children }, 0);
      }
    }
    return this.frames[0].children;
  }

  top() {
    return this.frames[this.frames.length - 1];
  }

  /** @param {string} mark @param {number} end */
  push(mark, end) {
    this.frames.push({ mark, children: [] });
    this.open[mark] = (this.open[mark] ?? 0) + 1;
    return end;
  }

  pop() {
    const frame = /** @type {Frame} */ (this.frames.pop());
    this.open[frame.mark] -= 1;
    return frame;
  }

  /** What opened the newest frame was a text. */
  drop() {
    const { mark, children } = this.pop();
    this.put(mark);
    this.flatten(children, 0);
  }

  /** @param {Inline[]} pieces @param {number} end */
  flatten(pieces, end) {
    for (const piece of pieces) typeof piece === 'string' ? this.put(piece) : this.add(piece, 0);
    return end;
  }

  /** @param {Inline} piece @param {number} end */
  add(piece, end) {
    this.top().children.push(piece);
    return end;
  }

  /** @param {string} text @param {number} [end] */
  put(text, end = 0) {
    const { children } = this.top();
    const last = children.length - 1;
    if (text && typeof children[last] === 'string') children[last] += text;
    else if (text) children.push(text);
    return end;
  }
}

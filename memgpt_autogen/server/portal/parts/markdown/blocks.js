// The blocks of a Markdown text: paragraphs, headings, lists, quotes, code, tables, rules.

/**
 * @typedef {{kind: 'paragraph', text: string}
 *   | {kind: 'heading', level: number, text: string}
 *   | {kind: 'code', language: string, text: string}
 *   | {kind: 'quote', blocks: Block[]}
 *   | {kind: 'list', start: number | null, items: {isTight: boolean, blocks: Block[]}[]}
 *   | {kind: 'table', aligns: ('start' | 'center' | 'end')[], head: string[], rows: string[][]}
 *   | {kind: 'rule'}} Block
 */

/** How deep lists and quotes may stand in each other; deeper ones are paragraphs. */
const DEEPEST = 8;

/** The longest line that can be a rule or a table's second line. */
const LONGEST_RULE = 500;

const TAB = 4;

const HEADING = /^ {0,3}(#{1,6})(?:[ \t]+(.*))?$/;
const FENCE = /^( {0,3})(`{3,}|~{3,})([^`]*)$/;
const RULE = /^ {0,3}(?:(?:-[ \t]*){3,}|(?:\*[ \t]*){3,}|(?:_[ \t]*){3,})$/;
const QUOTE = /^ {0,3}> ?/;
const ITEM = /^([ \t]*)([-*+]|\d{1,9}[.)])([ \t]+|$)/;
const BEGINNING = /^[ \t]*(?:[-*+]|1[.)])[ \t]+\S/;
const TABLE_LINE = /^ {0,3}\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*$/;

/**
 * Return the sources of the blocks of a text, one after the other. A text that only grew has the same ones at its
 * start, so what shows them needs to read only the last one again.
 * @param {string} text
 */
export function sourcesOf(text) {
  const lines = linesOf(text);
  /** @type {string[]} */
  const sources = [];
  for (let at = 0; at < lines.length; ) {
    const [, end] = blockAt(lines, at, 0, false);
    const source = lines.slice(at, end).join('\n');
    if (source.trim()) sources.push(source);
    at = end;
  }
  return sources;
}

/** @param {string} text */
export const blocksOf = (text) => blocksIn(linesOf(text), 0);

/** @param {string} text */
const linesOf = (text) => text.replace(/\r\n?/g, '\n').split('\n');

/**
 * @param {string[]} lines
 * @param {number} depth
 * @returns {Block[]}
 */
function blocksIn(lines, depth) {
  /** @type {Block[]} */
  const found = [];
  for (let at = 0; at < lines.length; ) {
    const [block, end] = blockAt(lines, at, depth, true);
    if (block) found.push(block);
    at = end;
  }
  return found;
}

/**
 * Return the block that begins at a line, and the line after it. Blank lines are no block.
 * @param {string[]} lines
 * @param {number} at
 * @param {number} depth
 * @param {boolean} isRead Whether what stands in the block is wanted, too.
 * @returns {[Block | null, number]}
 */
function blockAt(lines, at, depth, isRead) {
  const line = lines[at];
  if (!line.trim()) return [null, at + 1];
  const fence = FENCE.exec(line);
  if (fence) return code(lines, at, fence);
  const heading = HEADING.exec(line);
  if (heading) return [{ kind: 'heading', level: heading[1].length, text: withoutMarks(heading[2] ?? '') }, at + 1];
  if (isRule(line)) return [{ kind: 'rule' }, at + 1];
  if (depth < DEEPEST && QUOTE.test(line)) return quote(lines, at, depth, isRead);
  if (depth < DEEPEST && ITEM.test(line)) return list(lines, at, depth, isRead);
  if (isTable(lines, at)) return table(lines, at);
  let end = at + 1;
  while (end < lines.length && !interrupts(lines, end, depth)) end += 1;
  return [{ kind: 'paragraph', text: isRead ? lines.slice(at, end).map((each) => each.trim()).join('\n') : '' }, end];
}

/** @param {string} line */
const isRule = (line) => line.length < LONGEST_RULE && RULE.test(line);

/** Whether a line ends the paragraph before it. @param {string[]} lines @param {number} at @param {number} depth */
function interrupts(lines, at, depth) {
  const line = lines[at];
  if (!line.trim() || FENCE.test(line) || HEADING.test(line) || isRule(line)) return true;
  if (depth < DEEPEST && (QUOTE.test(line) || BEGINNING.test(line))) return true;
  return isTable(lines, at);
}

/** @param {string} text */
function withoutMarks(text) {
  let end = text.trimEnd().length;
  while (text[end - 1] === '#') end -= 1;
  return end === 0 || text[end - 1] === ' ' ? text.slice(0, end).trim() : text.trim();
}

/**
 * @param {string[]} lines
 * @param {number} at
 * @param {RegExpExecArray} fence
 * @returns {[Block, number]}
 */
function code(lines, at, [, indent, marks, language]) {
  let end = at + 1;
  while (end < lines.length && !isEnd(lines[end], marks)) end += 1;
  const inside = lines.slice(at + 1, end).map((line) => withoutIndent(line, indent.length));
  return [{ kind: 'code', language: language.trim().split(/\s/, 1)[0], text: inside.join('\n') }, Math.min(end + 1, lines.length)];
}

/** @param {string} line @param {string} marks */
function isEnd(line, marks) {
  const trimmed = line.trim();
  return trimmed.length >= marks.length && trimmed.startsWith(marks) && trimmed === marks[0].repeat(trimmed.length);
}

/**
 * Return a line without its first blanks, of so many columns at most. A tab has as many as TAB.
 * @param {string} line
 * @param {number} most
 */
function withoutIndent(line, most) {
  let [at, columns] = [0, 0];
  for (; columns < most && (line[at] === ' ' || line[at] === '\t'); at += 1) columns += line[at] === '\t' ? TAB : 1;
  return line.slice(at);
}

/** @param {string} blanks */
const widthOf = (blanks) => blanks.replaceAll('\t', ' '.repeat(TAB)).length;

/** @param {string} line */
const indentOf = (line) => widthOf(line.slice(0, line.length - line.trimStart().length));

/**
 * @param {string[]} lines
 * @param {number} at
 * @param {number} depth
 * @param {boolean} isRead
 * @returns {[Block, number]}
 */
function quote(lines, at, depth, isRead) {
  let end = at;
  while (end < lines.length && QUOTE.test(lines[end])) end += 1;
  const inside = isRead ? lines.slice(at, end).map((line) => line.replace(QUOTE, '')) : [];
  return [{ kind: 'quote', blocks: blocksIn(inside, depth + 1) }, end];
}

/**
 * @param {string[]} lines
 * @param {number} at
 * @param {number} depth
 * @param {boolean} isRead
 * @returns {[Block, number]}
 */
function list(lines, at, depth, isRead) {
  const first = /** @type {RegExpExecArray} */ (ITEM.exec(lines[at]));
  const [outer, isNumbered] = [widthOf(first[1]), /\d/.test(first[2])];
  /** @type {{isTight: boolean, blocks: Block[]}[]} */
  const items = [];
  let end = at;
  while (end < lines.length) {
    const start = ITEM.exec(lines[end]);
    if (!start || isRule(lines[end]) || /\d/.test(start[2]) !== isNumbered) break;
    const before = widthOf(start[1]);
    if (before > outer + 1 || before < outer) break;
    const after = start[3].length > TAB ? 1 : Math.max(1, start[3].length);
    const indent = before + start[2].length + after;
    const inside = [lines[end].slice(start[1].length + start[2].length + after)];
    let isTight = true;
    for (end += 1; end < lines.length; end += 1) {
      const line = lines[end];
      const isAfterBlank = !inside[inside.length - 1].trim();
      if (line.trim()) {
        const deep = indentOf(line);
        if (deep < outer + 2 && (ITEM.test(line) || isAfterBlank || interrupts(lines, end, depth))) break;
        isTight &&= !isAfterBlank;
      }
      inside.push(withoutIndent(line, indent));
    }
    if (isRead) items.push({ isTight, blocks: blocksIn(inside, depth + 1) });
  }
  return [{ kind: 'list', start: isNumbered ? Number.parseInt(first[2], 10) : null, items }, end];
}

/** @param {string[]} lines @param {number} at */
function isTable(lines, at) {
  const [head, second] = [lines[at], lines[at + 1]];
  if (!head.includes('|') || second === undefined || second.length > LONGEST_RULE || !second.includes('-')) return false;
  return TABLE_LINE.test(second) && cells(second).length === cells(head).length;
}

/**
 * @param {string[]} lines
 * @param {number} at
 * @returns {[Block, number]}
 */
function table(lines, at) {
  const head = cells(lines[at]);
  const aligns = cells(lines[at + 1]).map((each) => {
    if (!each.endsWith(':')) return /** @type {const} */ ('start');
    return /** @type {'center' | 'end'} */ (each.startsWith(':') ? 'center' : 'end');
  });
  let end = at + 2;
  /** @type {string[][]} */
  const rows = [];
  for (; end < lines.length && lines[end].trim() && lines[end].includes('|'); end += 1) {
    rows.push(cells(lines[end]).slice(0, head.length));
  }
  return [{ kind: 'table', aligns, head, rows }, end];
}

/** The cells of a line of a table. A bar in code, or after a backslash, divides nothing. @param {string} line */
function cells(line) {
  /** @type {string[]} */
  const found = [];
  let [cell, isCode] = ['', false];
  const trimmed = line.trim();
  for (let at = trimmed.startsWith('|') ? 1 : 0; at < trimmed.length; at += 1) {
    const letter = trimmed[at];
    if (letter === '\\' && trimmed[at + 1] === '|') {
      cell += '|';
      at += 1;
    } else if (letter === '|' && !isCode) {
      found.push(cell.trim());
      cell = '';
    } else {
      if (letter === '`') isCode = !isCode;
      cell += letter;
    }
  }
  if (cell.trim() || !trimmed.endsWith('|')) found.push(cell.trim());
  return found;
}

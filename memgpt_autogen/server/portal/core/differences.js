// The difference of two sequences by Myers' algorithm, with a limit, so that two texts that have nothing in
// common cost no more than two that are alike.

/** @typedef {{kind: 'same' | 'gone' | 'new', text: string}} Piece */

/**
 * @typedef {object} Change Parts that differ, and the equal parts after them.
 * @property {string[]} gone
 * @property {string[]} fresh
 * @property {string[]} same
 */

/** The most edits that are looked for. Sequences that differ by more differ as a whole. */
const MOST_EDITS = 800;

/**
 * @param {string[]} before
 * @param {string[]} after
 * @returns {Change[]}
 */
export function differences(before, after) {
  let start = 0;
  while (start < before.length && start < after.length && before[start] === after[start]) start += 1;
  let [endBefore, endAfter] = [before.length, after.length];
  while (endBefore > start && endAfter > start && before[endBefore - 1] === after[endAfter - 1]) {
    endBefore -= 1;
    endAfter -= 1;
  }
  /** @type {Change[]} */
  const found = start ? [{ gone: [], fresh: [], same: before.slice(0, start) }] : [];
  const [old, young] = [before.slice(start, endBefore), after.slice(start, endAfter)];
  let [x, y] = [0, 0];
  for (const [fromX, fromY, length] of [...snakes(old, young), [old.length, young.length, 0]]) {
    const [gone, fresh] = [old.slice(x, fromX), young.slice(y, fromY)];
    const same = old.slice(fromX, fromX + length);
    if (gone.length || fresh.length) found.push({ gone, fresh, same });
    else if (same.length && found.length) found[found.length - 1].same.push(...same);
    else if (same.length) found.push({ gone, fresh, same });
    [x, y] = [fromX + length, fromY + length];
  }
  const rest = before.slice(endBefore);
  if (rest.length && found.length) found[found.length - 1].same.push(...rest);
  else if (rest.length) found.push({ gone: [], fresh: [], same: rest });
  return found;
}

/**
 * Return the equal runs of a shortest difference: where they begin in both, and how long they are.
 * @param {string[]} old
 * @param {string[]} young
 * @returns {[number, number, number][]}
 */
function snakes(old, young) {
  if (!old.length || !young.length) return [];
  const most = Math.min(old.length + young.length, MOST_EDITS);
  const middle = most + 1;
  const reach = new Int32Array(2 * most + 3);
  /** @type {Int32Array[]} */
  const steps = [];
  for (let edits = 0; edits <= most; edits += 1) {
    steps.push(reach.slice(middle - edits - 1, middle + edits + 2));
    for (let line = -edits; line <= edits; line += 2) {
      const isDown = line === -edits || (line !== edits && reach[middle + line - 1] < reach[middle + line + 1]);
      let x = isDown ? reach[middle + line + 1] : reach[middle + line - 1] + 1;
      while (x < old.length && x - line < young.length && old[x] === young[x - line]) x += 1;
      reach[middle + line] = x;
      if (x >= old.length && x - line >= young.length) return back(steps, old.length, young.length);
    }
  }
  return [];
}

/**
 * @param {Int32Array[]} steps What each number of edits reached, on each line.
 * @param {number} endX
 * @param {number} endY
 */
function back(steps, endX, endY) {
  /** @type {[number, number, number][]} */
  const runs = [];
  let [x, y] = [endX, endY];
  for (let edits = steps.length - 1; edits >= 0; edits -= 1) {
    const [reach, middle, line] = [steps[edits], edits + 1, x - y];
    const isDown = line === -edits || (line !== edits && reach[middle + line - 1] < reach[middle + line + 1]);
    const beforeX = edits === 0 ? 0 : isDown ? reach[middle + line + 1] : reach[middle + line - 1];
    const beforeY = edits === 0 ? 0 : beforeX - (isDown ? line + 1 : line - 1);
    const fromX = edits === 0 ? 0 : isDown ? beforeX : beforeX + 1;
    if (x > fromX) runs.push([fromX, fromX - line, x - fromX]);
    [x, y] = [beforeX, beforeY];
  }
  return runs.reverse();
}

// Where a page was scrolled to: «back» leads there again, and a new page begins at its top.

import { effect } from './html.js';
import { route } from './router.js';

/** For how long after «back» the page may still grow until it reaches the place, in milliseconds. */
const PATIENCE = 3000;

/** Where each entry of the history was scrolled to, by its number. @type {Map<number, number>} */
const places = new Map();

let last = 0;
let path = '';
/** @type {ResizeObserver | null} */
let growing = null;

history.scrollRestoration = 'manual';

window.addEventListener('scroll', () => growing ?? places.set(number(), window.scrollY), { passive: true });
// whoever scrolls has found a place
for (const kind of ['wheel', 'touchmove', 'keydown']) window.addEventListener(kind, stop, { passive: true });

effect(() => {
  const here = route.value.parts.join('/');
  const isNew = history.state?.number === undefined;
  const wanted = places.get(number()) ?? 0;
  stop();
  if (!isNew) scrollWhenPossible(wanted);
  else if (here !== path) window.scrollTo(0, 0);
  path = here;
});

/** Return the number of the entry of the history, which gets one now if it has none. */
function number() {
  if (history.state?.number === undefined) history.replaceState({ number: (last += 1) }, '');
  last = Math.max(last, history.state.number);
  return /** @type {number} */ (history.state.number);
}

/** @param {number} wanted */
function scrollWhenPossible(wanted) {
  const scroll = () => {
    window.scrollTo(0, wanted);
    if (Math.abs(window.scrollY - wanted) < 2) stop();
  };
  growing = new ResizeObserver(scroll);
  growing.observe(document.body);
  setTimeout(stop, PATIENCE);
}

function stop() {
  growing?.disconnect();
  growing = null;
}

// What the page is called: in the title of the browser's tab, and for a screen reader when the page changes.

import { computed, effect, signal } from './html.js';
import { isLoggedOut } from './api.js';
import { route } from './router.js';

/** What things are called whose addresses have ids. @type {import('@preact/signals').Signal<Record<string, string>>} */
const names = signal({});

/**
 * Say what a thing is called that the address names, such as an agent by its id.
 * @param {string} id As the address has it.
 * @param {string} name
 */
export function callIt(id, name) {
  if (names.peek()[id] !== name) names.value = { ...names.peek(), [id]: name };
}

/** What the page is called, from the part to the whole: `sam · Chat`. */
export const pageTitle = computed(() => {
  if (isLoggedOut.value) return 'Log in';
  const [area = 'agents', thing, part] = route.value.parts;
  const called = (/** @type {string} */ each) => names.value[each] ?? each;
  if (area === 'agents' && thing) return `${called(thing)} · ${capital(part ?? 'chat')}`;
  if (area === 'templates' && part) return `${part} · Templates`;
  const isPart = area === 'admin' || area === 'templates';
  return thing ? `${isPart ? capital(thing) : called(thing)} · ${capital(area)}` : capital(area);
});

effect(() => {
  document.title = `${pageTitle.value} · memgpt_autogen`;
});

/** @param {string} word */
function capital(word) {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

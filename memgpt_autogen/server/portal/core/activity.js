// What the agents do now, in whichever process: asked for again and again while a page that shows it is seen.

import { effect, signal, useEffect } from './html.js';
import { get, isLoggedOut } from './api.js';

/** @typedef {import('./api.js').Schemas['ActivityAnswer']} Activity */

const MILLISECONDS = 2500;

/** Those that do something, by their ids; null before that is known. @type {import('@preact/signals').Signal<Map<string, Activity> | null>} */
export const active = signal(null);

/** What was told last, so that nothing is drawn again without news. */
let last = '';

/** How many parts of the page show it. */
const watchers = signal(0);

/** Keep `active` up to date as long as this part of the page is there. */
export function useActivity() {
  useEffect(() => {
    watchers.value += 1;
    return () => void (watchers.value -= 1);
  }, []);
}

/** Ask now, as after something was begun. */
export async function findActivity() {
  try {
    const { items } = await get('activity', { limit: 200 });
    const told = JSON.stringify(items);
    if (active.value && told === last) return;
    last = told;
    active.value = new Map(items.map((/** @type {any} */ each) => [each.id, each.activity]));
  } catch {
    // what the agents do is left out as long as nobody tells it
  }
}

effect(() => {
  if (!watchers.value || isLoggedOut.value) return undefined;
  findActivity();
  const timer = setInterval(() => document.hidden || findActivity(), MILLISECONDS);
  return () => clearInterval(timer);
});

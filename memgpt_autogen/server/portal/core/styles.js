// Style sheets of pages, which load with them.

import { asset } from './assets.js';

/** @type {Map<string, Promise<void>>} */
const loaded = new Map();

/**
 * Load a style sheet of a page, such as `chat.css` of `styles/`. A page awaits it before it appears.
 * @param {string} name
 * @returns {Promise<void>}
 */
export function loadStyle(name) {
  const known = loaded.get(name);
  if (known) return known;
  const loading = new Promise((/** @type {(value: void) => void} */ resolve) => {
    const link = document.createElement('link');
    link.rel = 'stylesheet';
    link.href = asset(`styles/${name}`);
    link.onload = link.onerror = () => resolve();
    document.head.append(link);
  });
  loaded.set(name, loading);
  return loading;
}

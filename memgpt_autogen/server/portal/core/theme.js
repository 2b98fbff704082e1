// Light or dark: as the system says, or as the person chose. Only this choice is kept in the browser.

import { effect, signal } from './html.js';

const KEY = 'memgpt-theme';

/** @type {import('@preact/signals').Signal<'' | 'light' | 'dark'>} */
export const theme = signal(stored());

effect(() => {
  if (theme.value) document.documentElement.dataset.theme = theme.value;
  else delete document.documentElement.dataset.theme;
});

/** @param {'' | 'light' | 'dark'} chosen Empty follows the system. */
export function chooseTheme(chosen) {
  theme.value = chosen;
  try {
    localStorage.setItem(KEY, chosen);
  } catch {
    // a browser that keeps nothing asks the system each time
  }
}

/** @returns {'' | 'light' | 'dark'} */
function stored() {
  try {
    const found = localStorage.getItem(KEY);
    return found === 'light' || found === 'dark' ? found : '';
  } catch {
    return '';
  }
}

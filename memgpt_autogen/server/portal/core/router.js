// The address of the page: what stands after `#`, so that it is right under any prefix of a proxy.

import { signal } from './html.js';

/**
 * @typedef {object} Route
 * @property {string[]} parts The parts of the path, decoded: `#/agents/sam/chat` has three.
 * @property {URLSearchParams} query
 */

/** Where the page is. @type {import('@preact/signals').Signal<Route>} */
export const route = signal(parsed());

window.addEventListener('hashchange', () => {
  route.value = parsed();
});

/** @returns {Route} */
function parsed() {
  const [path, query] = location.hash.replace(/^#\/?/, '').split('?', 2);
  return { parts: path.split('/').filter(Boolean).map(decoded), query: new URLSearchParams(query ?? '') };
}

/** @param {string} part */
function decoded(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/**
 * Return the address of a place in the portal.
 * @param {(string | number)[]} parts
 * @param {Record<string, string | number | boolean | null | undefined>} [query] What is null or empty is left out.
 */
export function linkTo(parts, query = {}) {
  const kept = Object.entries(query).filter(([, value]) => value !== null && value !== undefined && value !== '');
  const asked = new URLSearchParams(kept.map(([name, value]) => [name, String(value)])).toString();
  return `#/${parts.map((part) => encodeURIComponent(String(part))).join('/')}${asked && `?${asked}`}`;
}

/**
 * Go to a place in the portal. With `replace`, the button «back» skips the place before.
 * @param {string} link From `linkTo`.
 * @param {{replace?: boolean}} [options]
 */
export function go(link, { replace = false } = {}) {
  if (replace) {
    history.replaceState(history.state, '', link);
    route.value = parsed();
  } else {
    location.hash = link;
  }
}

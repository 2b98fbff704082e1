// What a person has typed and not sent. It stays in this browser tab, also after a reload, and nowhere else.

import { signal } from '../../../core/html.js';

/**
 * @typedef {object} Draft
 * @property {string} text
 * @property {string} speaker Who says it; empty for the person.
 * @property {string} key Sent again with the same key, it is one message.
 * @property {string} sent What was sent with this key.
 */

/** @type {Map<string, import('@preact/signals').Signal<Draft>>} */
const drafts = new Map();

/** @type {Draft} */
const EMPTY = { text: '', speaker: '', key: '', sent: '' };

/** @param {string} agent The agent's id. */
export function draftOf(agent) {
  const known = drafts.get(agent) ?? signal(stored(agent));
  drafts.set(agent, known);
  return known;
}

/** @param {string} agent @param {Partial<Draft>} changes */
export function changeDraft(agent, changes) {
  const draft = draftOf(agent);
  draft.value = { ...draft.value, ...changes };
  try {
    if (draft.value.text) sessionStorage.setItem(`draft:${agent}`, JSON.stringify(draft.value));
    else sessionStorage.removeItem(`draft:${agent}`);
  } catch {
    // where nothing may be stored, it stays until the page is left
  }
}

/**
 * Return the key for a request. It is the same as long as the request is.
 * @param {string} agent
 * @param {unknown} body
 */
export function keyFor(agent, body) {
  const [{ key, sent }, wanted] = [draftOf(agent).value, JSON.stringify(body)];
  if (key && sent === wanted) return key;
  const made = newKey();
  changeDraft(agent, { key: made, sent: wanted });
  return made;
}

/** A key that nobody else makes. `randomUUID` is not there without TLS. */
const newKey = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');

/** @param {string} agent @returns {Draft} */
function stored(agent) {
  try {
    return { ...EMPTY, ...JSON.parse(sessionStorage.getItem(`draft:${agent}`) ?? '{}') };
  } catch {
    return EMPTY;
  }
}

// Who the person is, and what may be done here.

import { batch, computed, signal } from './html.js';
import { ApiProblem, get, isLoggedOut, send } from './api.js';

/** @typedef {import('./api.js').Schemas['Me']} Me */

/** Who is logged in; null before that is known, and where nobody is. @type {import('@preact/signals').Signal<Me | null>} */
export const me = signal(null);

export const isAdmin = computed(() => me.value?.scopes.includes('admin') ?? false);

export const mayWrite = computed(() => me.value?.scopes.includes('write') ?? false);

export const mayTalk = computed(() => me.value?.scopes.includes('talk') ?? false);

/** Whether agents can be created: a key for certain agents creates none. */
export const mayCreate = computed(() => mayWrite.value && me.value?.agents === null);

/** Whether what agents share is seen and changed: a key for certain agents does not. */
export const mayShare = computed(() => me.value?.agents === null);

/** Find out who is logged in. Raises ApiProblem, but not if nobody is. */
export async function findMe() {
  try {
    const found = await get('me');
    batch(() => {
      me.value = found;
      isLoggedOut.value = false;
    });
  } catch (error) {
    if (!(error instanceof ApiProblem && error.status === 401)) throw error;
    isLoggedOut.value = true;
  }
}

/** @param {string} password A key, or the admin password. It is sent once, and kept nowhere. */
export async function logIn(password) {
  await send('POST', 'login', { password });
  await findMe();
}

/** @param {string} code Of the link that the start of the server prints. */
export async function logInByCode(code) {
  await send('POST', 'login/code', { code });
  await findMe();
}

export async function logOut() {
  await send('POST', 'logout');
  // drafts, which are the words of who leaves
  sessionStorage.clear();
  batch(() => {
    me.value = null;
    isLoggedOut.value = true;
  });
}

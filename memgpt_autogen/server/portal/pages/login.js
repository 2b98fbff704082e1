// Begins a session by a key or the admin password, or by the link that the start of the server prints.

import { html, useEffect, useRef, useState } from '../core/html.js';
import { asset } from '../core/assets.js';
import { asProblem } from '../core/loading.js';
import { go, linkTo, route } from '../core/router.js';
import { logIn, logInByCode, me } from '../core/session.js';
import { Form, Problem, TextField } from '../parts/controls.js';

/** @typedef {import('../core/api.js').ApiProblem} ApiProblem */

/** The page of somebody who is not logged in. @param {{problem: ApiProblem | null}} props */
export function Login({ problem }) {
  return html`<main class="alone login">
    <h1><img src=${asset('icon.svg')} alt="" width="40" height="40" /> memgpt_autogen</h1>
    <p>See what your agents remember, why, and since when.</p>
    ${problem && html`<${Problem} problem=${problem} />`}
    <${PasswordForm} />
  </main>`;
}

/** The dialog over a page whose session has ended. The page stays, with what was typed there. */
export function LoginAgain() {
  const dialog = useRef(/** @type {HTMLDialogElement | null} */ (null));
  useEffect(() => {
    const before = /** @type {HTMLElement | null} */ (document.activeElement);
    const shown = dialog.current;
    shown?.showModal();
    return () => {
      shown?.close();
      before?.focus?.();
    };
  }, []);
  return html`<dialog ref=${dialog} class="dialog" aria-labelledby="login-again" onCancel=${(/** @type {Event} */ event) => event.preventDefault()}>
    <h2 id="login-again">Your session has ended</h2>
    <p>Log in again, and go on where you were. Nothing that you typed is lost.</p>
    <${PasswordForm} />
  </dialog>`;
}

function PasswordForm() {
  const [password, setPassword] = useState('');
  const form = useRef(/** @type {HTMLDivElement | null} */ (null));
  useEffect(() => form.current?.querySelector('input')?.focus(), []);
  return html`<div ref=${form}>
    <${Form} submit="Log in" onSubmit=${() => logIn(password)} disabled=${!password}>
      <${TextField}
        label="Key or admin password"
        type="password"
        value=${password}
        onInput=${setPassword}
        required
        hint="Where the server was started, it says where the admin password is. In a terminal it also shows a link that logs in. The admin makes keys for others."
        rest=${{ autocomplete: 'current-password', name: 'password' }}
      />
    <//>
  </div>`;
}

/**
 * Take the code out of the address `#/login/CODE`, and log in with it.
 * @returns {Promise<ApiProblem | null>} Why it did not work. Null too where the address has none.
 */
export async function logInByAddress() {
  const [area, code] = route.value.parts;
  if (area !== 'login') return null;
  go(linkTo(['agents']), { replace: true });
  if (!code) return null;
  try {
    await logInByCode(code);
  } catch (error) {
    // whoever is logged in needs no link
    return me.value ? null : asProblem(error);
  }
  return null;
}

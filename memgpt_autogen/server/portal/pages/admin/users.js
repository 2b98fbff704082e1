// The users of the home: all, and each with keys and limits.

import { html, useState } from '../../core/html.js';
import { get, path, send } from '../../core/api.js';
import { counted } from '../../core/format.js';
import { useList, useLoaded } from '../../core/loading.js';
import { go, linkTo } from '../../core/router.js';
import { Button, CheckField, Form, TextField } from '../../parts/controls.js';
import { confirm, Dialog } from '../../parts/dialogs.js';
import { notify } from '../../parts/notices.js';
import { Badge, Listing, Loading, When } from '../../parts/states.js';
import { Keys } from '../keys/keys.js';
import { LimitsDialog } from '../keys/limits.js';
import { Limits } from '../usage/limits.js';

/** @typedef {import('../../core/api.js').Schemas['UserAnswer']} User */

/** The user that is the home itself. */
const HOME = '00000000-0000-0000-0000-000000000000';

/** @param {{rest: string[]}} props */
export function Users({ rest }) {
  return rest[0] ? html`<${OneUser} key=${rest[0]} name=${rest[0]} />` : html`<${UserList} />`;
}

function UserList() {
  const users = useList('users');
  const [isAdding, setAdding] = useState(false);
  return html`
    <p>Each user has agents, blocks and archives of their own, and sees nothing of others. The first one is the home itself: what the terminal has, and you as the admin.</p>
    <p><${Button} kind="primary" onClick=${() => setAdding(true)}>Add a user<//></p>
    <${Listing} of=${users} what="the users">
      ${(/** @type {User[]} */ items) => html`<ul class="people">
        ${items.map(
          (user) => html`<li key=${user.id} class="card">
            <h2><a href=${linkTo(['admin', 'users', user.name])} dir="auto">${user.name}</a> <${Marks} user=${user} /></h2>
            <p class="muted">${counted(user.agents, 'agent')}, ${counted(user.keys, 'valid key')} · since <${When} time=${user.created_at} /></p>
          </li>`,
        )}
      </ul>`}
    <//>
    ${isAdding && html`<${NewUser} onClose=${() => setAdding(false)} />`}
  `;
}

/** @param {{user: User}} props */
function Marks({ user }) {
  return html`${user.role === 'admin' && html`<${Badge} kind="accent">admin<//>`} ${user.id === HOME && html`<${Badge}>the home<//>`} ${user.suspended_at && html`<${Badge} kind="bad">suspended<//>`}`;
}

/** @param {{onClose: () => void}} props */
function NewUser({ onClose }) {
  const [name, setName] = useState('');
  const [isAdmin, setAdmin] = useState(false);
  const add = async () => {
    const user = await send('POST', 'users', { name: name.trim(), role: isAdmin ? 'admin' : 'user' });
    notify(`${user.name} is a user now. A key lets the user log in.`);
    onClose();
    go(linkTo(['admin', 'users', user.name]));
  };
  return html`<${Dialog} title="Add a user" onClose=${onClose}>
    <${Form} submit="Add the user" onSubmit=${add} disabled=${!name.trim()} actions=${html`<${Button} onClick=${onClose}>Back<//>`}>
      <${TextField} label="Name" value=${name} onInput=${setName} required hint="Without spaces, such as ada or ada@example.com." rest=${{ maxlength: 64, autofocus: true, autocomplete: 'off' }} />
      <${CheckField} label="May administer the server" checked=${isAdmin} onInput=${setAdmin} hint="Keys of this user can have the scope «admin»." />
    <//>
  <//>`;
}

/** @param {{name: string}} props */
function OneUser({ name }) {
  const user = useLoaded((signal) => get(path`users/${name}`, {}, signal), [name]);
  return html`<p><a href=${linkTo(['admin', 'users'])}>All users</a></p>
    <${Loading} of=${user} what="the user">${(/** @type {User} */ found) => html`<${Details} user=${found} reload=${user.reload} />`}<//>`;
}

/** @param {{user: User, reload: () => Promise<void>}} props */
function Details({ user, reload }) {
  const place = path`users/${user.id}/limits`;
  const limits = useLoaded((signal) => get(place, {}, signal), [place]);
  const [isChanging, setChanging] = useState(false);
  const isHome = user.id === HOME;
  return html`
    <div class="row row-between">
      <h2><span dir="auto">${user.name}</span> <${Marks} user=${user} /></h2>
      ${!isHome && html`<div class="row"><${Button} onClick=${() => suspend(user, reload)}>${user.suspended_at ? 'Resume' : 'Suspend'}<//><${Button} kind="danger" onClick=${() => remove(user)}>Delete<//></div>`}
    </div>
    <p class="muted">${counted(user.agents, 'agent')}, ${counted(user.keys, 'valid key')} · since <${When} time=${user.created_at} />${user.suspended_at && html` · suspended <${When} time=${user.suspended_at} />`}</p>
    <div class="row row-between"><h3>Limits</h3><${Button} onClick=${() => setChanging(true)}>Change the limits<//></div>
    <${Limits} of=${place} loaded=${limits} />
    <h3>Keys</h3>
    <${Keys} user=${user.id} isOwn=${isHome} />
    ${isChanging && html`<${LimitsDialog} title="Limits of ${user.name}" place=${place} mayChange onClose=${() => (setChanging(false), void limits.reload())} />`}
  `;
}

/** @param {User} user @param {() => Promise<void>} reload */
async function suspend(user, reload) {
  const isEnding = !user.suspended_at;
  const text = 'All keys of the user are refused, and the user’s turns are cancelled, also those that wait. Nothing is deleted, and the user can be resumed.';
  if (isEnding && !(await confirm({ title: `Suspend ${user.name}?`, text, action: 'Suspend', isDangerous: true }))) return;
  await send('PATCH', path`users/${user.id}`, { suspended: isEnding });
  notify(isEnding ? `${user.name} is suspended.` : `${user.name} may use the server again.`);
  await reload();
}

/** @param {User} user */
async function remove(user) {
  const would = await send('DELETE', path`users/${user.id}`, undefined, { query: { dry_run: true } });
  const text = html`<p>This deletes <b>${counted(would.agents, 'agent')}</b> with <b>${counted(would.messages, 'message')}</b>, <b>${counted(would.passages, 'passage')}</b>, ${counted(would.archives, 'shared archive')}, ${counted(would.keys, 'valid key')}, and the user’s templates and audit.</p>
    <p>It cannot be undone. Make a backup first, if you are not sure.</p>`;
  if (!(await confirm({ title: `Delete ${user.name} with everything?`, text, action: 'Delete everything', isDangerous: true }))) return;
  await send('DELETE', path`users/${user.id}`, undefined, { query: { agents: true } });
  notify(`${user.name} is deleted.`);
  go(linkTo(['admin', 'users']));
}

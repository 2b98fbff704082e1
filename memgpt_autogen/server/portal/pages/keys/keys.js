// The keys of a user: what each may do, when it was used, and until when it is accepted.

import { html, useState } from '../../core/html.js';
import { path, send } from '../../core/api.js';
import { counted, shortTime } from '../../core/format.js';
import { useList } from '../../core/loading.js';
import { isAdmin, mayWrite, me } from '../../core/session.js';
import { Button } from '../../parts/controls.js';
import { confirm } from '../../parts/dialogs.js';
import { notify } from '../../parts/notices.js';
import { Badge, Empty, Listing, When } from '../../parts/states.js';
import { LimitsDialog } from './limits.js';
import { NewKeyDialog } from './new_key.js';

/** @typedef {import('../../core/api.js').Schemas['KeyAnswer']} Key */

/** @param {{user: string, isOwn?: boolean}} props `user` is an id or a name. */
export function Keys({ user, isOwn }) {
  const keys = useList(path`users/${user}/keys`);
  const [isMaking, setMaking] = useState(false);
  const [limited, setLimited] = useState(/** @type {Key | null} */ (null));
  if (me.value?.agents && isOwn) {
    return html`<${Empty} title="This key is for certain agents only."><p>It sees no other keys. Log in with a key of all agents to see and make keys.</p><//>`;
  }
  const end = async (/** @type {Key} */ key, /** @type {boolean} */ remove) => {
    const isMine = key.id === me.value?.key;
    const text = remove
      ? 'The key is in no list any more. Only the audit knows of it.'
      : `Programs with this key are refused from now on.${isMine ? ' You are logged in with it, and will be logged out.' : ''} It cannot be taken back.`;
    const isSure = await confirm({ title: `${remove ? 'Delete' : 'Revoke'} the key ${key.name}?`, text, action: remove ? 'Delete' : 'Revoke', isDangerous: true });
    if (!isSure) return;
    await send('DELETE', path`users/${user}/keys/${key.id}`, undefined, { query: { remove: remove || undefined } });
    notify(`The key ${key.name} is ${remove ? 'deleted' : 'revoked'}.`);
    await keys.reload();
    document.getElementById('content')?.focus({ preventScroll: true });
  };
  return html`
    ${mayWrite.value && html`<p><${Button} kind="primary" onClick=${() => setMaking(true)}>Make a key<//></p>`}
    <${Listing} of=${keys} what="the keys" empty=${html`<${Empty} title="There is no key yet."><p>Make one for each program and each device, so that each can be revoked alone.</p><//>`}>
      ${(/** @type {Key[]} */ items) => html`<${Both} keys=${items} end=${end} showLimits=${setLimited} />`}
    <//>
    ${isMaking && html`<${NewKeyDialog} user=${user} isOther=${!isOwn} onClose=${() => setMaking(false)} onMade=${() => void keys.reload()} />`}
    ${limited && html`<${LimitsDialog} title="Limits of the key ${limited.name}" place=${path`users/${user}/keys/${limited.id}/limits`} mayChange=${isAdmin.value} onClose=${() => setLimited(null)} />`}
  `;
}

/**
 * Keys of programs, and the browsers that are logged in.
 * @param {object} props
 * @param {Key[]} props.keys
 * @param {(key: Key, remove: boolean) => Promise<void>} props.end
 * @param {(key: Key) => void} props.showLimits
 */
function Both({ keys, end, showLimits }) {
  const sessions = keys.filter((key) => key.is_session && isValid(key));
  return html`
    <ul class="keys">${keys.filter((key) => !key.is_session).map((key) => html`<${OneKey} key=${key.id} of=${key} end=${end} showLimits=${() => showLimits(key)} />`)}</ul>
    ${sessions.length > 0 &&
    html`<details class="sessions">
      <summary>${counted(sessions.length, 'browser')} logged in</summary>
      <ul class="keys">${sessions.map((key) => html`<li key=${key.id} class="card row row-between"><span>Since <${When} time=${key.created_at} /> · last used <${When} time=${key.used_at} /></span> ${mayWrite.value && html`<${Button} kind="danger" label="Log out ${key.name}" onClick=${() => end(key, false)}>Log out<//>`}</li>`)}</ul>
    </details>`}
  `;
}

/** @param {Key} key */
const isValid = (key) => !key.revoked_at && !(key.expires_at !== null && new Date(key.expires_at) < new Date());

/**
 * @param {object} props
 * @param {Key} props.of
 * @param {(key: Key, remove: boolean) => Promise<void>} props.end
 * @param {() => void} props.showLimits
 */
function OneKey({ of: key, end, showLimits }) {
  const isGood = isValid(key);
  return html`<li class="card key">
    <div class="row row-between">
      <h3 dir="auto">${key.name} ${key.id === me.value?.key && html`<${Badge} kind="accent">you are logged in with it<//>`} ${!isGood && html`<${Badge} kind="bad">${key.revoked_at ? 'revoked' : 'expired'}<//>`}</h3>
      <code dir="ltr">${key.shown}</code>
    </div>
    <p class="small muted">
      May ${key.scopes.join(', ')}${key.agents ? ` · for ${key.agents.length === 1 ? 'one agent' : `${key.agents.length} agents`} only` : ''}${key.clients.chats === 'fork' ? ' · each chat is a fork' : ''}
      <br />Made <${When} time=${key.created_at} /> · last used <${When} time=${key.used_at} />${key.expires_at && isGood ? ` · until ${shortTime(key.expires_at)}` : ''}
    </p>
    <div class="row">
      ${isGood && html`<${Button} label="Limits of ${key.name}" onClick=${showLimits}>Limits<//>`}
      ${mayWrite.value && html`<${Button} kind="danger" label="${isGood ? 'Revoke' : 'Delete'} ${key.name}" onClick=${() => end(key, !isGood)}>${isGood ? 'Revoke' : 'Delete'}<//>`}
    </div>
  </li>`;
}

// Makes a key, and shows it: this once, since it is stored nowhere.

import { html, useState } from '../../core/html.js';
import { path, send } from '../../core/api.js';
import { isAdmin, me } from '../../core/session.js';
import { Button, CheckField, CopyButton, Form, SelectField, TextField } from '../../parts/controls.js';
import { Dialog } from '../../parts/dialogs.js';
import { useAgents } from '../runs/agents.js';

/** What a key may do. @type {[string, string][]} */
const SCOPES = [
  ['read', 'Read: see agents and all that they remember'],
  ['talk', 'Talk: say something to agents'],
  ['write', 'Write: create, change and delete'],
  ['speak-for', 'Speak for others: name other people as the speaker'],
  ['admin', 'Administer the server'],
];

const USUAL = ['read', 'talk', 'write'];

const DAY = 86_400_000;

/**
 * @param {object} props
 * @param {string} props.user Whose key it becomes, by id or name.
 * @param {boolean} [props.isOther] Whether that is somebody else, whose agents nobody else can list.
 * @param {string} [props.agent] The agent that it is wanted for.
 * @param {() => void} props.onClose
 * @param {(key: string) => void} props.onMade
 */
export function NewKeyDialog({ user, isOther, agent, onClose, onMade }) {
  const may = SCOPES.filter(([scope]) => me.value?.scopes.includes(/** @type {any} */ (scope)) && (scope !== 'admin' || isAdmin.value));
  const [name, setName] = useState('');
  const [scopes, setScopes] = useState(may.map(([scope]) => scope).filter((scope) => USUAL.includes(scope)));
  const [days, setDays] = useState('');
  const [isAll, setAll] = useState(true);
  const [only, setOnly] = useState(/** @type {string[]} */ (agent ? [agent] : []));
  const [chats, setChats] = useState('one');
  const [made, setMade] = useState('');
  const make = async () => {
    const answer = await send('POST', path`users/${user}/keys`, {
      name: name.trim(),
      scopes,
      agents: isAll ? null : only,
      expires_at: days ? new Date(Date.now() + Number(days) * DAY).toISOString() : null,
      chats: chats === 'one' ? null : chats,
    });
    setMade(answer.key);
    onMade(answer.key);
  };
  if (made) return html`<${Made} name=${name} made=${made} onClose=${onClose} />`;
  return html`<${Dialog} title="Make a key" onClose=${onClose}>
    <${Form} submit="Make the key" onSubmit=${make} disabled=${!name.trim() || !scopes.length || (!isAll && !only.length)} actions=${html`<${Button} onClick=${onClose}>Back<//>`}>
      <${TextField} label="Name" value=${name} onInput=${setName} required hint="Where it is used, as «laptop» or «Open WebUI»." rest=${{ maxlength: 64, autofocus: true, autocomplete: 'off' }} />
      <fieldset>
        <legend>What it may do</legend>
        ${may.map(([scope, text]) => html`<${CheckField} key=${scope} label=${text} checked=${scopes.includes(scope)} onInput=${(/** @type {boolean} */ is) => setScopes(is ? [...scopes, scope] : scopes.filter((each) => each !== scope))} />`)}
      </fieldset>
      <fieldset>
        <legend>Which agents it may use</legend>
        <${CheckField} label="All, also those that are created later" checked=${isAll} onInput=${setAll} />
        ${!isAll && (isOther ? html`<${TextField} label="Names or ids, with commas between them" value=${only.join(', ')} onInput=${(/** @type {string} */ text) => setOnly(text.split(/[\s,]+/).filter(Boolean))} />` : html`<${Agents} only=${only} onChange=${setOnly} />`)}
      </fieldset>
      <${SelectField} label="It is accepted" value=${days} options=${[['', 'until it is revoked'], ['1', 'for one day'], ['7', 'for 7 days'], ['30', 'for 30 days'], ['90', 'for 90 days'], ['365', 'for a year']]} onInput=${setDays} />
      <${SelectField} label="Chats of OpenAI’s clients" value=${chats} options=${[['one', 'All chats of an agent are one log'], ['fork', 'Each chat begins as a fork of the agent']]} onInput=${setChats} />
    <//>
  <//>`;
}

/** @param {{only: string[], onChange: (only: string[]) => void}} props */
function Agents({ only, onChange }) {
  const agents = useAgents();
  return html`<div class="choices">
    ${agents.options.slice(1).map(([name]) => html`<${CheckField} key=${name} label=${name} checked=${only.includes(name)} onInput=${(/** @type {boolean} */ is) => onChange(is ? [...only, name] : only.filter((each) => each !== name))} />`)}
  </div>`;
}

/** @param {{name: string, made: string, onClose: () => void}} props */
function Made({ name, made, onClose }) {
  return html`<${Dialog} title="The key ${name}" onClose=${onClose}>
    <p class="note note-warn">It is shown this once and stored nowhere. Copy it now, and keep it where the program can read it.</p>
    <p class="made"><code dir="ltr" data-key>${made}</code></p>
    <div class="row row-end"><${CopyButton} text=${made} label="Copy the key" /><${Button} kind="primary" onClick=${onClose} rest=${{ autofocus: true }}>Done<//></div>
  <//>`;
}

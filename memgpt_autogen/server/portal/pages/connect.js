// How programs reach the agents: lines to copy, with one's own address, agent and key; and one's keys.

import { html, useState } from '../core/html.js';
import { linkTo } from '../core/router.js';
import { mayWrite, me } from '../core/session.js';
import { Button, SelectField, TextField } from '../parts/controls.js';
import { Empty } from '../parts/states.js';
import { Tabs } from '../parts/tabs.js';
import { Keys } from './keys/keys.js';
import { NewKeyDialog } from './keys/new_key.js';
import { useAgents } from './runs/agents.js';
import { Program } from './connect/program.js';
import { PROGRAMS } from './connect/programs.js';

export const PARTS = [
  { place: 'programs', text: 'Programs', View: Programs },
  { place: 'keys', text: 'Your keys', View: OwnKeys },
];

/** The address of the server, as the person reaches it: with the prefix of a proxy, without the slash at the end. */
const SERVER = new URL('.', document.baseURI).href.replace(/\/$/, '');

/** @param {{part: string, query: URLSearchParams}} props */
export default function Connect({ part, query }) {
  const { View } = PARTS.find((each) => each.place === part) ?? PARTS[0];
  return html`
    <h1>Connect</h1>
    <${Tabs} label="Parts of this page" tabs=${PARTS.map((each) => ({ link: linkTo(['connect', each.place]), text: each.text, isHere: each.place === part }))} />
    <${View} query=${query} />
  `;
}

function OwnKeys() {
  return html`<p>A program says by its key whose it is, and a key may do less than you. It is shown once, when it is made.</p>
    <${Keys} user=${me.value?.user.id} isOwn />`;
}

/** @param {{query: URLSearchParams}} props */
function Programs({ query }) {
  const agents = useAgents(['', 'Choose an agent']);
  const [chosen, setChosen] = useState(query.get('agent') ?? '');
  const [key, setKey] = useState('');
  const [isMaking, setMaking] = useState(false);
  if (!agents.isLoading && agents.options.length === 1) {
    return html`<${Empty} title="There is no agent to connect to yet."><p><a href=${linkTo(['agents'])}>Create an agent</a>, then come back for the lines.</p><//>`;
  }
  const agent = chosen || (agents.options[1]?.[0] ?? '');
  const id = [...agents.names].find(([, name]) => name === agent)?.[0] ?? agent;
  return html`
    <p>Any program that speaks one of these ways can use your agents. Choose the agent, make a key for the program, and copy the lines.</p>
    <div class="where card">
      <${SelectField} label="Agent" value=${agent} options=${agents.options.slice(1)} onInput=${setChosen} />
      <${TextField} label="Key in the lines" value=${key} onInput=${setKey} rest=${{ autocomplete: 'off', spellcheck: false, placeholder: 'mga_...', dir: 'ltr', class: 'mono' }} hint=${key ? 'It stands in the lines below until you leave this page, and is stored nowhere.' : 'Paste one that you have, or make one.'} />
      ${mayWrite.value && html`<${Button} kind="primary" onClick=${() => setMaking(true)}>Make a key<//>`}
    </div>
    ${isMaking && html`<${NewKeyDialog} user=${me.value?.user.id} agent=${agent} onClose=${() => setMaking(false)} onMade=${(/** @type {string} */ made) => setKey(made)} />`}
    ${agent && PROGRAMS.map((program) => html`<${Program} key=${program.name} program=${program} where=${{ server: SERVER, agent, id, key: key.trim() }} />`)}
  `;
}

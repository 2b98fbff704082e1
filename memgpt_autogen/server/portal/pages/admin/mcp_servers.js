// MCP servers, whose tools agents are offered.

import { html, useState } from '../../core/html.js';
import { path, send } from '../../core/api.js';
import { counted } from '../../core/format.js';
import { useList } from '../../core/loading.js';
import { Button, CheckField, Form, SelectField, TextField } from '../../parts/controls.js';
import { confirm, Dialog } from '../../parts/dialogs.js';
import { notify } from '../../parts/notices.js';
import { Badge, Empty, Listing, When } from '../../parts/states.js';

/** @typedef {import('../../core/api.js').Schemas['McpServerAnswer']} Server */

export function McpServers() {
  const servers = useList('mcp-servers');
  const [isAdding, setAdding] = useState(false);
  return html`
    <p>Agents are offered the tools of these servers from their next turns on. The other way round, an agent’s memory is an MCP server itself: see Connect.</p>
    <p><${Button} kind="primary" onClick=${() => setAdding(true)}>Add a server<//></p>
    <${Listing} of=${servers} what="the MCP servers" empty=${html`<${Empty} title="There is no MCP server yet."><p>Add one that you run, or a program that the server starts, and your agents can use its tools.</p><//>`}>
      ${(/** @type {Server[]} */ items) => html`<ul class="people">${items.map((each) => html`<${OneServer} key=${each.id} of=${each} reload=${servers.reload} />`)}</ul>`}
    <//>
    ${isAdding && html`<${NewServer} onClose=${() => setAdding(false)} onAdded=${servers.reload} />`}
  `;
}

/** @param {{of: Server, reload: () => Promise<void>}} props */
function OneServer({ of: server, reload }) {
  const { name, command, url, sse, env, headers, only, user, agents, approval } = server;
  const check = async () => {
    const found = await send('POST', 'mcp-servers', { name, command, url, sse, env, headers, only, user, agents, approval });
    notify(`${name} answers. It has ${counted(found.tools.length, 'tool')}.`);
    await reload();
  };
  const remove = async () => {
    const text = `Agents lose ${server.tools.length ? `its ${counted(server.tools.length, 'tool')}` : 'its tools'} within seconds.`;
    if (!(await confirm({ title: `Remove ${name}?`, text, action: 'Remove', isDangerous: true }))) return;
    await send('DELETE', path`mcp-servers/${server.id}`);
    notify(`${name} is removed.`);
    await reload();
    document.getElementById('content')?.focus({ preventScroll: true });
  };
  return html`<li class="card">
    <div class="row row-between"><h2>${name} ${approval && html`<${Badge} kind="warn">each call must be allowed<//>`} ${!server.checked_at && html`<${Badge} kind="bad">never answered<//>`}</h2>
      <div class="row"><${Button} label="Check ${name}" onClick=${check}>Check<//><${Button} kind="danger" label="Remove ${name}" onClick=${remove}>Remove<//></div></div>
    <p><code>${url ?? command?.join(' ')}</code></p>
    <p class="muted">For ${user ? `agents of ${user}` : 'all agents'}${agents ? `, ${counted(agents.length, 'agent')} only` : ''} · checked <${When} time=${server.checked_at} /></p>
    ${server.tools.length > 0 && html`<details><summary>${counted(server.tools.length, 'tool')}</summary><p>${server.tools.map((tool) => html`<code>${name}__${tool}</code> `)}</p></details>`}
  </li>`;
}

/** @param {{onClose: () => void, onAdded: () => Promise<void>}} props */
function NewServer({ onClose, onAdded }) {
  const [kind, setKind] = useState('url');
  const [name, setName] = useState('');
  const [place, setPlace] = useState('');
  const [header, setHeader] = useState('');
  const [user, setUser] = useState('');
  const [approval, setApproval] = useState(false);
  const [isUnchecked, setUnchecked] = useState(false);
  const isProgram = kind === 'command';
  const add = async () => {
    const words = place.trim().split(/\s+/);
    const found = await send(
      'POST',
      'mcp-servers',
      {
        name: name.trim(),
        ...(isProgram ? { command: words } : { url: place.trim(), sse: kind === 'sse' }),
        ...(!isProgram && header.trim() ? { headers: { Authorization: header.trim() } } : {}),
        user: user.trim() || null,
        approval,
      },
      { query: { check: !isUnchecked } },
    );
    notify(isUnchecked ? `${found.name} is added, without a check.` : `${found.name} is added. It has ${counted(found.tools.length, 'tool')}.`);
    onClose();
    await onAdded();
  };
  return html`<${Dialog} title="Add an MCP server" onClose=${onClose}>
    <${Form} submit="Add the server" onSubmit=${add} disabled=${!name.trim() || !place.trim()} actions=${html`<${Button} onClick=${onClose}>Back<//>`}>
      <${TextField} label="Name" value=${name} onInput=${setName} required hint="Its tools are called NAME__TOOL. A server of the same name is replaced." rest=${{ maxlength: 30, autofocus: true, autocomplete: 'off' }} />
      <${SelectField} label="It is" value=${kind} options=${[['url', 'an address'], ['sse', 'an address with the older transport (SSE)'], ['command', 'a program that the server starts']]} onInput=${setKind} />
      <${TextField} label=${isProgram ? 'Program with its arguments' : 'Address'} value=${place} onInput=${setPlace} required rest=${{ dir: 'ltr', spellcheck: false, placeholder: isProgram ? 'npx mcp-server-files /srv/library' : 'https://tools.example.com/mcp' }} hint=${isProgram ? 'It is started as the server’s own user, with blanks between the arguments.' : ''} />
      ${!isProgram && html`<${TextField} label="Header Authorization" value=${header} onInput=${setHeader} rest=${{ dir: 'ltr', spellcheck: false, autocomplete: 'off', placeholder: 'Bearer \${MCP_TOKEN}' }} hint="Secrets stay in the server’s environment, in variables whose names begin with MCP_. Name the variable here." />`}
      <${TextField} label="Only for the agents of this user" value=${user} onInput=${setUser} hint="Empty: for all agents." rest=${{ maxlength: 64, autocomplete: 'off' }} />
      <${CheckField} label="Somebody must allow each call" checked=${approval} onInput=${setApproval} />
      <${CheckField} label="Add it although it does not answer now" checked=${isUnchecked} onInput=${setUnchecked} />
    <//>
  <//>`;
}

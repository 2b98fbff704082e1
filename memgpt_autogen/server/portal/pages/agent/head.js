// The head of an agent's pages: what it is called, what it does now, its model, and the way to other agents.

import { html, useEffect, useState } from '../../core/html.js';
import { useActivity } from '../../core/activity.js';
import { get } from '../../core/api.js';
import { useLoaded } from '../../core/loading.js';
import { referenceTo } from '../../core/names.js';
import { go, linkTo } from '../../core/router.js';
import { Button, CopyButton, Form, TextField } from '../../parts/controls.js';
import { Dialog } from '../../parts/dialogs.js';
import { Empty, Loading } from '../../parts/states.js';
import { Doing } from '../agents/activity.js';

/** @typedef {import('../../core/api.js').Schemas['AgentDetailAnswer']} Agent */

/**
 * @param {object} props
 * @param {string} props.name As the address has it.
 * @param {Agent | null} props.agent Null before it is loaded.
 * @param {string} props.part Where in the other agent the switcher leads.
 */
export function Head({ name, agent, part }) {
  const models = useLoaded((signal) => get('models', { discover: false }, signal), []);
  useActivity();
  return html`<div class="agent-head row row-between">
    <div class="row">
      <h1 dir="auto">${agent?.name ?? name}</h1>
      ${agent && html`<${Doing} id=${agent.id} known=${agent.overview.activity} />`}
    </div>
    <div class="row small">
      ${models.data && html`<span class="muted">Model: <span class="mono" dir="auto">${models.data.model}</span></span>`}
      ${agent && html`<${CopyButton} text=${agent.id} label="Copy id" shown="Copy id" />`}
      <${Switcher} here=${agent?.name ?? name} part=${part} />
    </div>
  </div>`;
}

/** @param {{here: string, part: string}} props */
function Switcher({ here, part }) {
  const [isOpen, setOpen] = useState(false);
  useEffect(() => {
    const pressed = (/** @type {KeyboardEvent} */ event) => {
      if (event.key.toLowerCase() !== 'k' || !(event.ctrlKey || event.metaKey) || event.shiftKey || event.altKey) return;
      event.preventDefault();
      setOpen(true);
    };
    window.addEventListener('keydown', pressed);
    return () => window.removeEventListener('keydown', pressed);
  }, []);
  return html`
    <${Button} label="Switch agent (Ctrl+K)" onClick=${() => setOpen(true)}>Switch agent<//>
    ${isOpen && html`<${Others} here=${here} part=${part} onClose=${() => setOpen(false)} />`}
  `;
}

/** @param {{here: string, part: string, onClose: () => void}} props */
function Others({ here, part, onClose }) {
  const [search, setSearch] = useState('');
  const found = useLoaded((signal) => get('agents', { search, limit: 20 }, signal), [search]);
  /** @type {Agent[]} */
  const others = (found.data?.items ?? []).filter((/** @type {Agent} */ each) => each.name !== here);
  const linkOf = (/** @type {Agent} */ agent) => linkTo(['agents', referenceTo(agent), part]);
  const toFirst = async () => {
    if (!others.length) return;
    onClose();
    go(linkOf(others[0]));
  };
  return html`<${Dialog} title="Switch to another agent" onClose=${onClose}>
    <${Form} submit="Open the first" onSubmit=${toFirst} disabled=${!others.length}>
      <${TextField} label="A part of the name" type="search" value=${search} onInput=${setSearch} rest=${{ autofocus: true, autocomplete: 'off', maxlength: 64 }} />
    <//>
    <${Loading} of=${found} what="the agents">
      ${() =>
        others.length
          ? html`<ul class="others">
              ${others.map((each) => html`<li key=${each.id} class="row row-between"><a href=${linkOf(each)} onClick=${onClose} dir="auto">${each.name}</a><${Doing} id=${each.id} known=${each.overview.activity} /></li>`)}
            </ul>`
          : html`<${Empty} title=${search ? `No other agent has “${search}” in its name.` : 'There is no other agent.'} />`}
    <//>
  <//>`;
}

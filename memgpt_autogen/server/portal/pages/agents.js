// All agents: search, see what goes on, create, fork and delete.

import { html, useEffect, useRef, useState } from '../core/html.js';
import { send } from '../core/api.js';
import { active, useActivity } from '../core/activity.js';
import { useList } from '../core/loading.js';
import { go, linkTo } from '../core/router.js';
import { mayCreate, mayWrite } from '../core/session.js';
import { Button, Form } from '../parts/controls.js';
import { SearchField } from '../parts/search_field.js';
import { Empty, Listing } from '../parts/states.js';
import { Cards, Table } from './agents/cards.js';
import { deleteAgent } from './agents/delete_agent.js';
import { NameField } from './agents/name_field.js';
import { NewAgent } from './agents/new_agent.js';

/** @param {{query: URLSearchParams}} props */
export default function Agents({ query }) {
  const search = query.get('search') ?? '';
  const isTable = query.get('view') === 'table';
  const list = useList('agents', { search, limit: 50 });
  const field = useRef(/** @type {HTMLDivElement | null} */ (null));
  useActivity();
  useNewsOf(list);
  const show = (/** @type {Record<string, string>} */ changed) =>
    go(linkTo(['agents'], { search, view: isTable ? 'table' : '', ...changed }), { replace: true });
  const acts = {
    fork: mayCreate.value ? (/** @type {any} */ agent) => show({ new: 'fork', of: agent.name }) : null,
    remove: mayWrite.value
      ? async (/** @type {any} */ agent) => {
          if (!(await deleteAgent(agent))) return;
          await list.reload();
          // the button that was pressed is gone
          (field.current?.querySelector('input') ?? document.getElementById('content'))?.focus();
        }
      : null,
  };
  const View = isTable ? Table : Cards;
  const way = query.get('new');
  const isEmpty = list.items?.length === 0 && !search;
  return html`
    <div class="row row-between page-head">
      <h1>Agents</h1>
      ${mayCreate.value && html`<${Button} kind=${isEmpty ? 'plain' : 'primary'} onClick=${() => show({ new: 'new' })}>New agent<//>`}
    </div>
    ${!isEmpty &&
    html`<div class="row agents-bar" ref=${field}>
      <${SearchField} label="Search by name" value=${search} onSearch=${(/** @type {string} */ text) => show({ search: text })} />
      <div class="row" role="group" aria-label="Shown as">
        <${Button} onClick=${() => show({ view: '' })} rest=${{ 'aria-pressed': String(!isTable) }}>Cards<//>
        <${Button} onClick=${() => show({ view: 'table' })} rest=${{ 'aria-pressed': String(isTable) }}>Table<//>
      </div>
    </div>`}
    <${Listing} of=${list} what="the agents" empty=${search ? html`<${Empty} title="No agent has “${search}” in its name."><${Button} onClick=${() => show({ search: '' })}>Show all agents<//><//>` : html`<${First} onOther=${show} />`}>
      ${(/** @type {any[]} */ agents) => html`<${View} agents=${agents} acts=${acts} />`}
    <//>
    ${way && mayCreate.value && html`<${NewAgent} key=${way} way=${way} of=${query.get('of') ?? ''} template=${query.get('template') ?? ''} onClose=${() => show({})} />`}
  `;
}

/**
 * Load the list again when an agent has ended what it did, since its last words are others then.
 * @param {import('../core/loading.js').Listed<any>} list
 */
function useNewsOf(list) {
  const before = useRef(/** @type {string[]} */ ([]));
  useEffect(() => {
    const now = [...(active.value?.keys() ?? [])];
    const ended = before.current.filter((id) => !now.includes(id));
    const unknown = now.filter((id) => !before.current.includes(id) && !list.items?.some((each) => each.id === id));
    before.current = now;
    // what was loaded further down would be gone
    if (ended.length + unknown.length && list.items && !list.isLoading && list.items.length <= 50) list.reload();
  }, [active.value]);
}

/**
 * What a home without agents shows: one press leads to a chat.
 * @param {{onOther: (changed: Record<string, string>) => void}} props
 */
function First({ onOther }) {
  const [name, setName] = useState('sam');
  const [isFree, setFree] = useState(true);
  if (!mayCreate.value) return html`<${Empty} title="There is no agent yet."><p>Your key may not create one. Ask whoever gave it to you.</p><//>`;
  const create = async () => {
    await send('POST', 'agents', { name });
    go(linkTo(['agents', name, 'chat']));
  };
  return html`<${Empty} title="Create your first agent">
    <p>It remembers what you tell it, and shows why and since when. You can change everything later.</p>
    <div class="first-agent">
      <${Form} submit="Create and chat" onSubmit=${create} disabled=${!isFree}>
        <${NameField} value=${name} onInput=${setName} onCheck=${setFree} />
      <//>
    </div>
    <p>Or begin <${Button} kind="quiet" onClick=${() => onOther({ new: 'new' })}>with texts of your own<//> or <${Button} kind="quiet" onClick=${() => onOther({ new: 'file' })}>with a file<//></p>
  <//>`;
}

// Templates: the texts that new agents begin with.

import { html, useState } from '../core/html.js';
import { path, send } from '../core/api.js';
import { useList } from '../core/loading.js';
import { go, linkTo } from '../core/router.js';
import { mayCreate, mayWrite } from '../core/session.js';
import { Button } from '../parts/controls.js';
import { confirm } from '../parts/dialogs.js';
import { notify } from '../parts/notices.js';
import { SearchField } from '../parts/search_field.js';
import { Empty, Listing } from '../parts/states.js';
import { Tabs } from '../parts/tabs.js';
import { Editor } from './templates/editor.js';
import { KINDS, kindOf } from './templates/kinds.js';
import { NewTemplate } from './templates/new_template.js';
import { presetOf } from './templates/preset.js';

/** @typedef {import('../core/api.js').Schemas['TemplateAnswer']} Template */
/** @typedef {import('./templates/kinds.js').Kind} Kind */

/** @param {{kind?: string, name?: string, query: URLSearchParams}} props */
export default function Templates({ kind: place, name, query }) {
  const kind = kindOf(place);
  if (name) return html`<${Editor} key=${`${kind.place}/${name}`} kind=${kind} name=${name} />`;
  return html`<${List} key=${kind.place} kind=${kind} query=${query} />`;
}

/** @param {{kind: Kind, query: URLSearchParams}} props */
function List({ kind, query }) {
  const search = query.get('search') ?? '';
  const list = useList(path`templates/${kind.place}`, { search, limit: 50 });
  const [isMaking, setMaking] = useState(false);
  const remove = async (/** @type {Template} */ template) => {
    const text = `The text of ${template.name} is deleted for good. Agents that were made with it keep theirs.`;
    if (!(await confirm({ title: `Delete the ${kind.one} ${template.name}?`, text, action: 'Delete', isDangerous: true }))) return;
    await send('DELETE', path`templates/${kind.place}/${template.name}`, undefined, { ifMatch: `"${template.revision}"` });
    notify(`${template.name} was deleted.`);
    await list.reload();
    document.getElementById('content')?.focus();
  };
  const make = html`<${Button} kind="primary" onClick=${() => setMaking(true)}>New ${kind.one}<//>`;
  const empty = search
    ? html`<${Empty} title="No ${kind.one} has “${search}” in its name or text." />`
    : html`<${Empty} title="There is no ${kind.one} yet."><p>${kind.about}</p>${mayCreate.value && make}<//>`;
  return html`
    <div class="row row-between page-head">
      <h1>Templates</h1>
      ${mayCreate.value && list.items?.length !== 0 && make}
    </div>
    <${Tabs} label="Kinds of templates" tabs=${KINDS.map((each) => ({ link: linkTo(['templates', each.place]), text: each.many, isHere: each === kind }))} />
    <div class="templates-bar">
      <${SearchField} label="Search by name or text" value=${search} onSearch=${(/** @type {string} */ text) => go(linkTo(['templates', kind.place], { search: text }), { replace: true })} />
    </div>
    <${Listing} of=${list} what="the templates" empty=${empty}>
      ${(/** @type {Template[]} */ templates) =>
        html`<ul class="grid templates">
          ${templates.map((each) => html`<${Card} key=${each.name} template=${each} onRemove=${remove} />`)}
        </ul>`}
    <//>
    ${isMaking && html`<${NewTemplate} kind=${kind} onClose=${() => setMaking(false)} />`}
  `;
}

/** @param {{template: Template, onRemove: (template: Template) => Promise<void>}} props */
function Card({ template, onRemove }) {
  const { kind, name } = template;
  const preset = kind === 'preset' ? presetOf(template.text) : null;
  const text = preset ? [preset.description, preset.persona, preset.human].filter(Boolean).join(' · ') : template.text;
  return html`<li class="card template-card">
    <h2><a href=${linkTo(['templates', kind, name])} dir="auto">${name}</a></h2>
    <p class="template-text" dir="auto">${text}</p>
    <div class="row template-acts">
      ${mayCreate.value && html`<a class="button" href=${linkTo(['agents'], { new: 'new', template: `${kind}/${name}` })}>New agent<span class="visually-hidden"> from ${name}</span></a>`}
      ${mayWrite.value && mayCreate.value && html`<${Button} kind="quiet" label="Delete ${name}" onClick=${() => onRemove(template)}>Delete<//>`}
    </div>
  </li>`;
}

// One agent: what it is called, what it does now, and its parts.

import { html, useEffect } from '../core/html.js';
import { get, path } from '../core/api.js';
import { useLoaded } from '../core/loading.js';
import { linkTo } from '../core/router.js';
import { loadStyle } from '../core/styles.js';
import { callIt } from '../core/title.js';
import { Lazy } from '../parts/lazy.js';
import { Empty, Loading } from '../parts/states.js';
import { Tabs } from '../parts/tabs.js';
import { Head } from './agent/head.js';

/** @typedef {import('../core/api.js').Schemas['AgentDetailAnswer']} Agent */

/**
 * What each part of an agent gets.
 * @typedef {object} PartProps
 * @property {Agent} agent
 * @property {() => Promise<void>} reload Load the agent again, after a change.
 * @property {string[]} rest What the address has after the part.
 * @property {URLSearchParams} query
 */

export const PARTS = [
  { place: 'chat', text: 'Chat', load: () => import('./agent/chat.js') },
  { place: 'window', text: 'Window', load: () => import('./agent/window.js') },
  { place: 'memory', text: 'Memory', inner: ['archival', 'shared'], load: () => import('./agent/memory.js') },
  { place: 'search', text: 'Search', load: () => import('./agent/search.js') },
  { place: 'documents', text: 'Documents', load: () => import('./agent/documents.js') },
  { place: 'past', text: 'Past', load: () => import('./agent/past.js') },
  { place: 'settings', text: 'Settings', load: () => import('./agent/settings.js') },
];

/** @param {{name: string, part: string, rest: string[], query: URLSearchParams}} props */
export default function AgentPage({ name, part, rest, query }) {
  const agent = useLoaded((signal) => get(path`agents/${name}`, {}, signal), [name]);
  const isGone = agent.problem?.status === 404;
  useEffect(() => {
    if (agent.data) callIt(name, agent.data.name);
  }, [agent.data]);
  if (isGone) return html`<${Gone} name=${name} />`;
  return html`
    <${Head} name=${name} agent=${agent.data} part=${part} />
    <${Tabs} label="Parts of the agent" tabs=${PARTS.map((each) => ({ link: linkTo(['agents', name, each.place]), text: each.text, isHere: each.place === part }))} />
    <${Loading} of=${agent} what="the agent">
      ${(/** @type {Agent} */ found) => html`<${Part} key=${found.id} place=${part} agent=${found} reload=${agent.reload} rest=${rest} query=${query} />`}
    <//>
  `;
}

/** @param {{name: string}} props */
function Gone({ name }) {
  return html`<h1 dir="auto">${name}</h1>
    <${Empty} title="There is no agent ${name}, or it is not yours.">
      <p>It may have been renamed or deleted. <a href=${linkTo(['agents'])}>Look at the agents that there are</a></p>
    <//>`;
}

/** @param {PartProps & {place: string}} props */
function Part({ place, ...props }) {
  const part = PARTS.find((each) => each.place === place) ?? PARTS[0];
  const load = async () => {
    const [module] = await Promise.all([part.load(), loadStyle(`agent_${part.place}.css`)]);
    return module.default;
  };
  return html`<${Lazy} of=${part} load=${load} props=${props} />`;
}

// The memory of an agent: the blocks that are always in its window, its passages, and what it shares.

import { html } from '../../core/html.js';
import { linkTo } from '../../core/router.js';
import { Tabs } from '../../parts/tabs.js';
import { Archival } from './memory/archival.js';
import { Core } from './memory/core.js';
import { Shared } from './memory/shared.js';

const TABS = [
  { place: 'core', text: 'Core' },
  { place: 'archival', text: 'Archival' },
  { place: 'shared', text: 'Shared' },
];

/** @param {import('../agent.js').PartProps} props */
export default function MemoryPage({ agent, rest, query }) {
  const place = TABS.some((tab) => tab.place === rest[0]) ? rest[0] : 'core';
  return html`
    <${Tabs}
      label="Kinds of memory"
      tabs=${TABS.map((tab) => ({ link: linkTo(['agents', agent.name, 'memory', ...(tab.place === 'core' ? [] : [tab.place])]), text: tab.text, isHere: tab.place === place }))}
    />
    ${place === 'core' && html`<${Core} agent=${agent} />`}
    ${place === 'archival' && html`<${Archival} agent=${agent} query=${query} />`}
    ${place === 'shared' && html`<${Shared} agent=${agent} />`}
  `;
}

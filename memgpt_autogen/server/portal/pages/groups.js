// Group chats of AutoGen, of any process on the same database: all of them, or one while it goes on.

import { html } from '../core/html.js';
import { useEvery, useList } from '../core/loading.js';
import { linkTo } from '../core/router.js';
import { Badge, Empty, Listing, When } from '../parts/states.js';
import { Group } from './groups/group.js';
import { StateBadge } from './groups/states.js';

/** @typedef {import('../core/api.js').Schemas['GroupAnswer']} GroupAnswer */

/** How often the list is read again, in milliseconds. */
const AGAIN = 5000;

const EXAMPLE = `from autogen import GroupChat, GroupChatManager
from memgpt_autogen import MemGPTAgent

sam, ann = MemGPTAgent("sam"), MemGPTAgent("ann")
chat = GroupChat(agents=[sam, ann], messages=[], max_round=6,
                 speaker_selection_method="round_robin")
sam.initiate_chat(GroupChatManager(groupchat=chat, llm_config=False), message="Hello!")`;

/** @param {{id?: string}} props */
export default function Groups({ id }) {
  return id ? html`<${Group} key=${id} id=${id} />` : html`<${List} />`;
}

function List() {
  const list = useList('groups', { limit: 50 });
  // what was loaded further down would be gone
  useEvery(list.reload, (list.items?.length ?? 0) <= 50 ? AGAIN : null);
  const empty = html`<${Empty} title="No group chat yet">
    <p>Group chats of AutoGen appear here by themselves while they go on, when an agent of yours takes part, from any program that uses the same home:</p>
    <pre class="group-example"><code>${EXAMPLE}</code></pre>
  <//>`;
  return html`
    <h1>Groups</h1>
    <${Listing} of=${list} what="the groups" empty=${empty}>
      ${(/** @type {GroupAnswer[]} */ groups) =>
        html`<ul class="stack groups">
          ${groups.map((group) => html`<${Card} key=${group.id} group=${group} />`)}
        </ul>`}
    <//>
  `;
}

/** @param {{group: GroupAnswer}} props */
function Card({ group }) {
  return html`<li class="card">
    <div class="row row-between">
      <h2><a href=${linkTo(['groups', group.id])} dir="auto">${titleOf(group)}</a></h2>
      <${StateBadge} state=${group.state} />
    </div>
    <p class="row group-members"><${Members} group=${group} /></p>
    <p class="muted small">Last message: <${When} time=${group.last_message_at} /></p>
  </li>`;
}

/** Who takes part; one's own agents stand out. @param {{group: GroupAnswer}} props */
export function Members({ group }) {
  return group.members.map((each) => html`<${Badge} key=${each.name} kind=${each.agent_id ? 'accent' : 'plain'}><bdi>${each.name}</bdi>${each.agent_id ? html`<span class="visually-hidden"> (yours)</span>` : ''}<//>`);
}

/** @param {GroupAnswer} group */
export function titleOf(group) {
  const names = group.members.map((each) => each.name).join(', ');
  return group.name && group.name !== 'chat_manager' ? `${group.name}: ${names}` : names || 'A group';
}

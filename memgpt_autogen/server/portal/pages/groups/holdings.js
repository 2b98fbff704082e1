// What each of one's own agents in a group holds now: its core memory, side by side.

import { html, useEffect } from '../../core/html.js';
import { get, path } from '../../core/api.js';
import { counted } from '../../core/format.js';
import { useLoaded } from '../../core/loading.js';
import { linkTo } from '../../core/router.js';
import { Loading } from '../../parts/states.js';
import { Doing } from '../agents/activity.js';

/** @typedef {import('../../core/api.js').Schemas['AgentDetailAnswer']} Agent */

/** @param {{group: import('../../core/api.js').Schemas['GroupAnswer'], newest: number}} props */
export function Holdings({ group, newest }) {
  const own = group.members.filter((each) => each.agent_id);
  return html`<section class="group-holdings" aria-label="What each of your agents holds">
    ${own.map((each) => html`<${Holding} key=${each.agent_id} id=${each.agent_id} name=${each.name} newest=${newest} />`)}
  </section>`;
}

/** @param {{id: string, name: string, newest: number}} props */
function Holding({ id, name, newest }) {
  const agent = useLoaded((signal) => get(path`agents/${id}`, {}, signal), [id]);
  useEffect(() => {
    // what was said last may have changed what it holds
    if (newest && agent.data) agent.reload();
  }, [newest]);
  return html`<div class="card">
    <div class="row row-between">
      <h2><a href=${linkTo(['agents', id, 'memory'])} dir="auto">${name}</a></h2>
      <${Doing} id=${id} known=${agent.data?.overview.activity} />
    </div>
    <${Loading} of=${agent} what="its memory">
      ${(/** @type {Agent} */ found) => html`
        <p class="muted small">${counted(found.messages, 'message')} · <a href=${linkTo(['agents', id, 'chat'])}>log up to #${found.seq}</a></p>
        ${found.blocks.map(
          (block) => html`<h3 key=${block.label} class="small" dir="auto">${block.label}</h3>
            <p class="group-block" dir="auto">${block.value || html`<span class="muted">empty</span>`}</p>`,
        )}
      `}
    <//>
  </div>`;
}

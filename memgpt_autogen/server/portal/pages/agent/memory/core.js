// Core memory: the blocks that are in every prompt of an agent.

import { html, useState } from '../../../core/html.js';
import { get, path } from '../../../core/api.js';
import { useEvery, useLoaded } from '../../../core/loading.js';
import { mayShare, mayWrite } from '../../../core/session.js';
import { Button } from '../../../parts/controls.js';
import { Empty, Loading } from '../../../parts/states.js';
import { BlockCard } from './block.js';
import { NewBlock } from './block_forms.js';

/** @typedef {import('../../../core/api.js').Schemas['EditableBlock']} Block */

/** @typedef {import('../../agent.js').Agent} Agent */

/** How often it is asked whether a block was changed, in milliseconds. */
const EVERY = 3000;

/** @param {{agent: Agent}} props */
export function Core({ agent }) {
  const [isAdding, setAdding] = useState(false);
  const blocks = useLoaded((signal) => get(path`agents/${agent.id}/blocks`, { limit: 200 }, signal), [agent.id]);
  const found = /** @type {Block[] | undefined} */ (blocks.data?.items);
  const isShared = found?.some((block) => block.shared) ?? false;
  const shared = useLoaded(async (signal) => (isShared && mayShare.value ? get('blocks', { limit: 200 }, signal) : { items: [] }), [agent.id, isShared]);
  useEvery(async () => {
    if (blocks.isLoading || blocks.problem) return;
    const now = await get(path`agents/${agent.id}/blocks`, { limit: 200 }).catch(() => null);
    if (now && JSON.stringify(now) !== JSON.stringify(blocks.data)) blocks.set(now);
  }, EVERY);
  const holders = new Map(shared.data?.items.map((/** @type {any} */ each) => [each.label, each]));
  return html`<section class="stack" aria-labelledby="memory-core">
    <div class="row row-between">
      <h2 id="memory-core">What is always in the window</h2>
      ${mayWrite.value && html`<${Button} onClick=${() => setAdding(true)}>New block …<//>`}
    </div>
    <${Loading} of=${blocks} what="the blocks">
      ${() =>
        found?.length
          ? html`<ul class="memory-blocks">
              ${found.map(
                (block) => html`<li key=${block.label} class="card">
                  <${BlockCard} agent=${agent} block=${block} holders=${holders.get(block.label)} onChanged=${blocks.reload} />
                </li>`,
              )}
            </ul>`
          : html`<${Empty} title="This agent has no block">Make one: its text is in every prompt.<//>`}
    <//>
    ${isAdding && html`<${NewBlock} agent=${agent} onClose=${() => setAdding(false)} onMade=${blocks.reload} />`}
  </section>`;
}

// Deletes an agent, after it was said what is lost with it.

import { html } from '../../core/html.js';
import { path, send } from '../../core/api.js';
import { counted } from '../../core/format.js';
import { confirm } from '../../parts/dialogs.js';
import { notify } from '../../parts/notices.js';

/** @typedef {import('../../core/api.js').Schemas['RemovedAnswer']} Removed */

/**
 * @param {{id: string, name: string}} agent
 * @returns {Promise<boolean>} Whether it was deleted.
 */
export async function deleteAgent(agent) {
  const lost = /** @type {Removed} */ (await send('DELETE', path`agents/${agent.id}`, undefined, { query: { dry_run: true } }));
  const others = Object.entries(lost.heard_by);
  const text = html`
    <p>This deletes ${counted(lost.messages, 'message')}, ${counted(lost.passages, 'passage')} and ${counted(lost.blocks.length, 'block')} for good. It cannot be undone; an export keeps a copy.</p>
    ${lost.left.length > 0 && html`<p>${lost.left.join(', ')}: shared with others, and stays.</p>`}
    ${others.length > 0 && html`<p>What it said stays with those that heard it: ${others.map(([name, count]) => `${name} (${count})`).join(', ')}.</p>`}
    ${lost.forks.length > 0 && html`<p>Its forks keep what they began with: ${lost.forks.join(', ')}.</p>`}
  `;
  if (!(await confirm({ title: `Delete ${agent.name}?`, text, action: 'Delete for good', isDangerous: true }))) return false;
  await send('DELETE', path`agents/${agent.id}`);
  notify(`${agent.name} was deleted.`);
  return true;
}

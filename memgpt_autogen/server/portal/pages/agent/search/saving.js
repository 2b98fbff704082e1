// Saves a search as a test: with a result that it should find, and how far up.

import { html, useState } from '../../../core/html.js';
import { path, send } from '../../../core/api.js';
import { linkTo } from '../../../core/router.js';
import { Form, TextField } from '../../../parts/controls.js';
import { Dialog } from '../../../parts/dialogs.js';
import { notify } from '../../../parts/notices.js';
import { bodyOf } from './asked.js';

/** Among how many of the first results something is expected, if nobody says more. */
const WITHIN = 5;

/**
 * @param {object} props
 * @param {import('../../agent.js').Agent} props.agent
 * @param {import('./asked.js').Asked} props.asked
 * @param {import('../../../core/api.js').Schemas['HitAnswer']} props.hit
 * @param {number} props.rank
 * @param {() => void} props.onClose
 * @param {() => void} props.onSaved
 */
export function SaveDialog({ agent, asked, hit, rank, onClose, onSaved }) {
  const [within, setWithin] = useState(String(Math.max(rank, WITHIN)));
  const save = async () => {
    const { explain, ...search } = bodyOf(asked);
    await send('POST', path`agents/${agent.id}/searches`, { search, expected: { tier: hit.tier, id: hit.id }, within: Number(within) });
    onClose();
    onSaved();
    notify('Saved. Run it again below, after any change.');
  };
  return html`<${Dialog} title="Save as a test" onClose=${onClose}>
    <${Form} submit="Save" onSubmit=${save} disabled=${!(Number(within) >= 1)}>
      <p>The search <b dir="auto">${asked.queries.join(' + ')}</b> should find this, now and later:</p>
      <blockquote class="saved-expected" dir="auto">${hit.text}</blockquote>
      <${TextField}
        label="Among the first"
        type="number"
        value=${within}
        onInput=${setWithin}
        hint="It is at place ${rank} now. The test passes if it is among so many of the first results."
        rest=${{ min: 1, max: 200, inputmode: 'numeric' }}
      />
    <//>
  <//>`;
}

/**
 * Return the link to what a saved search should find.
 * @param {string} agent
 * @param {{tier: string, id: string}} expected
 */
export function linkToExpected(agent, { tier, id }) {
  if (tier === 'recall') return linkTo(['agents', agent, 'chat'], { seq: id });
  return linkTo(['agents', agent, 'memory', ...(tier === 'archival' ? ['archival'] : [])]);
}

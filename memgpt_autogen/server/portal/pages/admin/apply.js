// A file that declares agents: what it would change, and then the change.

import { html, useState } from '../../core/html.js';
import { send } from '../../core/api.js';
import { counted } from '../../core/format.js';
import { asProblem } from '../../core/loading.js';
import { Button, CheckField, Problem, TextField } from '../../parts/controls.js';
import { confirm } from '../../parts/dialogs.js';
import { Diff } from '../../parts/diff.js';
import { Badge, Empty } from '../../parts/states.js';

/** @typedef {import('../../core/api.js').Schemas['ApplyAnswer']} Applied */
/** @typedef {Applied['items'][number]} Planned */

const EXAMPLE = `[agents.sam]
persona = "I am Sam, a patient companion."
human = "The name is Ada."
`;

/** @type {Record<string, 'plain' | 'good' | 'bad' | 'warn' | 'accent'>} */
const KINDS = { create: 'good', change: 'accent', remove: 'bad', conflict: 'warn', failed: 'bad', check: 'plain', keep: 'plain' };

/** @type {Record<string, string>} */
const ACTIONS = { create: 'new', change: 'changes', remove: 'goes', conflict: 'left alone', failed: 'failed', check: 'is read again', keep: 'stays' };

export function ApplyFile() {
  const [toml, setToml] = useState('');
  const [overwrite, setOverwrite] = useState(false);
  const [prune, setPrune] = useState(false);
  const [plan, setPlan] = useState(/** @type {Applied | null} */ (null));
  const [problem, setProblem] = useState(/** @type {import('../../core/api.js').ApiProblem | null} */ (null));
  const changed = (/** @type {() => void} */ change) => (change(), setPlan(null));
  const apply = async (/** @type {boolean} */ isDry) => {
    setProblem(null);
    try {
      setPlan(await send('POST', 'apply', { toml, overwrite, prune, dry_run: isDry }));
    } catch (error) {
      setPlan(null);
      setProblem(asProblem(error));
    }
  };
  const act = async () => {
    const text = `${counted(plan?.changes ?? 0, 'thing')} will be created, changed or removed.${overwrite ? ' Texts that agents have edited are replaced.' : ''}${prune ? ' What the file does not name is removed from its agents.' : ''}`;
    if (await confirm({ title: 'Apply the file?', text, action: 'Apply', isDangerous: overwrite || prune })) await apply(false);
  };
  const read = async (/** @type {File | undefined} */ file) => {
    if (file) changed(async () => setToml(await file.text()));
  };
  const dropped = (/** @type {DragEvent} */ event) => {
    event.preventDefault();
    read(event.dataTransfer?.files[0]);
  };
  return html`
    <p>An agents.toml declares agents with their texts, blocks, archives, documents and limits. It can be applied again and again, and belongs to the home’s own agents.</p>
    <div class="agents-file" onDragOver=${(/** @type {Event} */ event) => event.preventDefault()} onDrop=${dropped}>
      <${TextField} label="agents.toml" rows=${12} value=${toml} onInput=${(/** @type {string} */ text) => changed(() => setToml(text))} hint="Write it, paste it, or drop the file here." rest=${{ spellcheck: false, class: 'mono', placeholder: EXAMPLE }} />
      <label class="button file-button">Choose the file<input type="file" accept=".toml,text/plain" class="visually-hidden" onChange=${(/** @type {any} */ event) => read(event.currentTarget.files[0])} /></label>
    </div>
    <${CheckField} label="Replace texts that agents have edited themselves" checked=${overwrite} onInput=${(/** @type {boolean} */ is) => changed(() => setOverwrite(is))} />
    <${CheckField} label="Remove blocks, archives and documents that the file does not name from its agents" checked=${prune} onInput=${(/** @type {boolean} */ is) => changed(() => setPrune(is))} />
    ${problem && html`<${Problem} problem=${problem} />`}
    <div class="row">
      <${Button} kind=${plan?.dry_run ? 'plain' : 'primary'} disabled=${!toml.trim()} onClick=${() => apply(true)}>Show what it would change<//>
      ${plan?.dry_run && plan.changes > 0 && html`<${Button} kind="primary" onClick=${act}>Apply it<//>`}
    </div>
    <div role="status">${plan && html`<${Plan} plan=${plan} />`}</div>
  `;
}

/** @param {{plan: Applied}} props */
function Plan({ plan }) {
  const shown = plan.items.filter((each) => each.action !== 'keep');
  const told = plan.dry_run ? `It would change ${counted(plan.changes, 'thing')}.` : `It has changed ${counted(plan.changes, 'thing')}.`;
  return html`
    <h2>${told}</h2>
    ${plan.conflicts > 0 && html`<p class="note note-warn">${counted(plan.conflicts, 'text')} left alone, since an agent has edited it. Tick «Replace» to replace it.</p>`}
    ${shown.length ? html`<ul class="people">${shown.map((each) => html`<${OnePlanned} of=${each} />`)}</ul>` : html`<${Empty} title="All is as the file says." />`}
  `;
}

/** @param {{of: Planned}} props */
function OnePlanned({ of: { action, agent, what, name, field, before, after, why } }) {
  return html`<li class="card">
    <p><${Badge} kind=${KINDS[action]}>${ACTIONS[action]}<//> <span dir="auto">${agent && what !== 'agent' ? `agent ${agent}: ` : ''}${what} ${name}${field ? `, ${field}` : ''}</span>${why && html` <span class="muted">(${why})</span>`}</p>
    ${(before !== null || after !== null) && html`<${Diff} before=${before} after=${after} label="What changes of ${name}" />`}
  </li>`;
}

// The model that the agent runs on: which it is, whether it answers, and what else was found.

import { html } from '../../../core/html.js';
import { ApiProblem, get } from '../../../core/api.js';
import { counted } from '../../../core/format.js';
import { useLoaded } from '../../../core/loading.js';
import { Button } from '../../../parts/controls.js';
import { Badge, Loading, When } from '../../../parts/states.js';

/** @typedef {import('../../../core/api.js').Schemas['ModelsAnswer']} Models */
/** @typedef {{name: string, ok: boolean, detail: string}} Part */
/** @typedef {import('../../../core/api.js').Schemas['RunAnswer']} Run */

/** @param {{agent: import('../../agent.js').Agent}} props */
export function Model({ agent }) {
  const loaded = useLoaded(
    async (signal) => {
      const [models, ready, runs] = await Promise.all([
        get('models', {}, signal),
        readiness(signal),
        get('runs', { agent: agent.id, limit: 1 }, signal),
      ]);
      return { models, part: ready.find((each) => each.name === 'model') ?? null, run: runs.items[0] ?? null };
    },
    [agent.id],
  );
  return html`<section class="card stack">
    <div class="row row-between">
      <h2>Model</h2>
      <${Button} label="Look again for models" onClick=${loaded.reload}>Look again<//>
    </div>
    <${Loading} of=${loaded} what="the models">
      ${(/** @type {{models: Models, part: Part | null, run: Run | null}} */ { models, part, run }) => html`
        <p class="row"><strong>${models.model}</strong>
          ${part && html`<${Badge} kind=${part.ok ? 'good' : 'bad'}>${howItIs(models.model, part.detail)}<//>`}
          ${models.window_tokens !== null && html`<${Badge}>window of ${counted(models.window_tokens, 'token')}<//>`}
        </p>
        ${models.model === 'offline' && html`<p class="note note-warn">No language model is used: the built-in rules answer. Start Ollama or another server of models on the server's machine, or set a key there, and look again.</p>`}
        ${run?.model && html`<p class="muted">Its newest run used ${run.model}, <${When} time=${run.started ?? run.created} />.</p>`}
        <p class="muted">All agents of this home use this model. Who runs the server chooses another one by the setting <code>model</code> and starts it again.</p>
        <${Found} models=${models} />
      `}
    <//>
  </section>`;
}

/** @param {{models: Models}} props */
function Found({ models }) {
  if (models.found.length === 0) return html`<p class="muted">No other server of models and no key was found on its machine.</p>`;
  return html`<details>
    <summary>${counted(models.found.length, 'place')} with models found</summary>
    <ul class="settings-list">
      ${models.found.map(
        (each) => html`<li key=${each.kind}>
          <strong>${each.kind}</strong> ${each.address && html`<code>${each.address}</code>`} ${each.has_key && html`<${Badge}>key is set<//>`} ${each.loading && html`<${Badge} kind="warn">loads its model<//>`}
          <div class="muted small">${[...each.models, ...each.embedding_models].join(', ')}</div>
        </li>`,
      )}
    </ul>
  </details>`;
}

/**
 * What the server says of its model, without the model's name.
 * @param {string} model
 * @param {string} detail
 */
const howItIs = (model, detail) => (model === 'offline' ? 'built in' : detail.replace(model, '').replace(/[()]/g, '').trim() || 'ready');

/**
 * How the parts of the home are. The answer is the same, with another status, if one is not ready.
 * @param {AbortSignal} signal
 * @returns {Promise<Part[]>}
 */
async function readiness(signal) {
  try {
    return (await get('../../ready', {}, signal)).parts;
  } catch (error) {
    if (error instanceof ApiProblem && error.rest.parts) return error.rest.parts;
    throw error;
  }
}

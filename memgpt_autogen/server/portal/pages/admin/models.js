// The model that turns use, and what else was found on the server's machine.

import { html } from '../../core/html.js';
import { get } from '../../core/api.js';
import { count } from '../../core/format.js';
import { useLoaded } from '../../core/loading.js';
import { Button } from '../../parts/controls.js';
import { Badge, Empty, Loading } from '../../parts/states.js';

/** @typedef {import('../../core/api.js').Schemas['ModelsAnswer']} ModelsAnswer */

export function Models() {
  const models = useLoaded((signal) => get('models', {}, signal), []);
  return html`<${Loading} of=${models} what="the models">
    ${(/** @type {ModelsAnswer} */ found) => html`
      <dl class="facts">
        <div><dt>Model</dt><dd>${found.model}${found.model === 'offline' && html`<p class="small muted">The built-in rules, without a language model.</p>`}</dd></div>
        <div><dt>Window</dt><dd>${found.window_tokens ? `${count(found.window_tokens)} tokens` : 'as the endpoint or the name says'}</dd></div>
        <div><dt>Embeddings</dt><dd>${found.embedding_model ?? 'none: search is by words'}</dd></div>
      </dl>
      <p class="muted">They are chosen where the server is started: by <code>memgpt-autogen configure</code>, or by options and the environment. Start the server again after that.</p>
      <div class="row row-between"><h2>Found on the server’s machine</h2><${Button} onClick=${models.reload}>Look again<//></div>
      ${found.found.length
        ? html`<ul class="people">${found.found.map((each) => html`<li class="card">
            <h3>${each.kind} ${each.loading && html`<${Badge} kind="warn">loads its model<//>`} ${each.has_key && html`<${Badge} kind="good">has a key<//>`}</h3>
            ${each.address && html`<p><code>${each.address}</code></p>`}
            <p>${each.models.length ? each.models.join(', ') : html`<span class="muted">no chat model</span>`}</p>
            ${each.embedding_models.length > 0 && html`<p class="muted">Embeddings: ${each.embedding_models.join(', ')}</p>`}
          </li>`)}</ul>`
        : html`<${Empty} title="No model server was found on this machine."><p>Start one, as Ollama, LM Studio or llama.cpp, or give the server an address and a key of a service.</p><//>`}
    `}
  <//>`;
}

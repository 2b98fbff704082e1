// What runs wait for: their place in the queue, an approval, or the result of a call that others make.

import { html, useState } from '../../../core/html.js';
import { counted, shortTime } from '../../../core/format.js';
import { mayTalk } from '../../../core/session.js';
import { Button, CheckField, Form, TextField } from '../../../parts/controls.js';
import { readable } from './items.js';

/** @typedef {import('./runs.js').Run} Run */
/** @typedef {import('./runs.js').Runs} Runs */

/**
 * What was said and is not heard yet.
 * @param {{run: Run, runs: Runs, said: Run['unheard']}} props
 */
export function Unheard({ run, runs, said }) {
  const state = run.place > 0 ? `Waits: ${counted(run.place, 'turn')} of this agent before it.` : 'Is being heard …';
  return html`${said.map(
    ({ text, speaker }) => html`<article class="words words-heard words-waiting">
      <header class="words-head"><b dir="auto">${speaker ?? 'you'}</b></header>
      <p class="plain" dir="auto">${text}</p>
    </article>`,
  )}
    <p class="chat-note row">
      <span role="status">${state}</span>
      ${run.place > 0 && mayTalk.value && html`<${Button} kind="quiet" onClick=${() => runs.cancel(run.id)}>Take it back<//>`}
    </p>`;
}

/**
 * A suspended run, with what somebody must answer.
 * @param {{run: Run, runs: Runs}} props
 */
export function Suspended({ run, runs }) {
  return html`<section class="card waiting" aria-label="The agent waits for an answer">
    ${run.waiting.map((call) => html`<${Asked} key=${call.id} call=${call} run=${run} runs=${runs} />`)}
    <p class="row row-between muted small">
      <span>${run.expires_at ? `The agent waits until ${shortTime(run.expires_at)}. Other messages are answered meanwhile.` : 'The agent waits.'}</span>
      ${mayTalk.value && html`<${Button} kind="quiet" onClick=${() => runs.cancel(run.id)}>Give up this turn<//>`}
    </p>
  </section>`;
}

/** @param {{call: Run['waiting'][number], run: Run, runs: Runs}} props */
function Asked({ call, run, runs }) {
  const isApproval = call.asks === 'approval';
  return html`<div class="asked">
    <h3>${isApproval ? html`The agent asks to run <code>${call.name}</code>` : html`The agent waits for the result of <code>${call.name}</code>`}</h3>
    <pre dir="auto">${readable(call.arguments)}</pre>
    ${mayTalk.value ? html`<${isApproval ? Approval : Result} call=${call} run=${run} runs=${runs} />` : html`<p class="muted">Answering needs the scope «talk».</p>`}
  </div>`;
}

/** @param {{call: Run['waiting'][number], run: Run, runs: Runs}} props */
function Approval({ call, run, runs }) {
  const [reason, setReason] = useState(/** @type {string | null} */ (null));
  const answer = (/** @type {boolean} */ allowed) => runs.answer(run.id, { approvals: { [call.id]: { allowed, reason: reason ?? '' } } });
  if (reason !== null) {
    return html`<${Form} submit="Refuse" kind="danger" onSubmit=${() => answer(false)} actions=${html`<${Button} onClick=${() => setReason(null)}>Back<//>`}>
      <${TextField} label="Why not? The agent reads it." value=${reason} onInput=${setReason} rest=${{ maxlength: 2000 }} />
    <//>`;
  }
  return html`<div class="row">
    <${Button} kind="primary" onClick=${() => answer(true)}>Allow<//>
    <${Button} kind="danger" onClick=${() => setReason('')}>Refuse …<//>
  </div>`;
}

/** @param {{call: Run['waiting'][number], run: Run, runs: Runs}} props */
function Result({ call, run, runs }) {
  const [text, setText] = useState('');
  const [hasFailed, setFailed] = useState(false);
  const send = () => runs.answer(run.id, { results: { [call.id]: { text, ok: !hasFailed } } });
  return html`<${Form} submit="Give the result" onSubmit=${send}>
    <${TextField} label="What did it return?" rows=${3} value=${text} onInput=${setText} />
    <${CheckField} label="The call failed" checked=${hasFailed} onInput=${setFailed} />
  <//>`;
}

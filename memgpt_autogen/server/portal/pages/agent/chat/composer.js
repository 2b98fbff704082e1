// Where a person writes to the agent.

import { html, useEffect, useId, useRef, useState } from '../../../core/html.js';
import { path, send } from '../../../core/api.js';
import { shortTime } from '../../../core/format.js';
import { asProblem } from '../../../core/loading.js';
import { mayWrite, me } from '../../../core/session.js';
import { Button, Problem, TextField } from '../../../parts/controls.js';
import { attach } from './attaching.js';
import { changeDraft, draftOf, keyFor } from './draft.js';

/** Give the focus to where one writes, if what had it is gone. */
export function keepFocus() {
  setTimeout(() => {
    const isLost = !document.activeElement || document.activeElement === document.body;
    if (isLost) /** @type {HTMLElement | null} */ (document.querySelector('.composer-text'))?.focus({ preventScroll: true });
  }, 50);
}

/**
 * @param {object} props
 * @param {import('../../agent.js').Agent} props.agent
 * @param {import('./runs.js').Runs} props.runs
 * @param {() => void} props.onSent
 */
export function Composer({ agent, runs, onSent }) {
  const { text, speaker } = draftOf(agent.id).value;
  const [isSending, setSending] = useState(false);
  const [problem, setProblem] = useState(/** @type {import('../../../core/api.js').ApiProblem | null} */ (null));
  const field = useRef(/** @type {HTMLTextAreaElement | null} */ (null));
  const files = useRef(/** @type {HTMLInputElement | null} */ (null));
  const isThere = useRef(true);
  const id = useId();
  useEffect(() => () => void (isThere.current = false), []);
  const running = runs.going.value.find((run) => run.state === 'running' || run.state === 'queued');
  const isForOthers = me.value?.scopes.includes('speak-for') ?? false;

  /** @param {'enqueue' | 'interrupt'} ifBusy */
  const say = async (ifBusy) => {
    if (isSending || !text.trim()) return;
    setSending(true);
    setProblem(null);
    const body = { input: text, if_busy: ifBusy, ...(isForOthers && speaker.trim() ? { speaker: speaker.trim() } : {}) };
    try {
      const run = await send('POST', path`agents/${agent.id}/runs`, body, { idempotencyKey: keyFor(agent.id, body) });
      changeDraft(agent.id, { text: '', key: '', sent: '' });
      const said = { text, speaker: body.speaker ?? null, chat: null };
      runs.add({ ...run, unheard: run.state === 'queued' || run.state === 'running' ? [said] : [] });
      onSent();
    } catch (error) {
      if (isThere.current) setProblem(asProblem(error));
    } finally {
      if (isThere.current) setSending(false);
    }
  };
  const pressed = (/** @type {KeyboardEvent} */ event) => {
    // 229: the key belongs to an input method, in browsers that do not say so otherwise
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    say('enqueue');
  };
  const pasted = (/** @type {ClipboardEvent} */ event) => {
    const given = event.clipboardData?.files;
    if (!given?.length || !mayWrite.value) return;
    event.preventDefault();
    attach(agent.id, given);
  };
  const chosen = () => {
    if (!files.current?.files) return;
    attach(agent.id, files.current.files);
    files.current.value = '';
  };

  return html`<form class="composer" onSubmit=${(/** @type {Event} */ event) => (event.preventDefault(), say('enqueue'))}>
    ${problem && html`<${Problem} problem=${problem} onRetry=${() => say('enqueue')} />`}
    ${problem?.retryAt && html`<p class="small">It goes on at ${shortTime(new Date(problem.retryAt).toISOString())}. Your text stays here.</p>`}
    <label class="visually-hidden" for=${id}>Your message to ${agent.name}</label>
    <textarea
      ref=${field}
      id=${id}
      class="composer-text"
      dir="auto"
      rows=${Math.min(8, Math.max(2, text.split('\n').length))}
      value=${text}
      placeholder="Write to ${agent.name}"
      aria-describedby="${id}-hint"
      readonly=${isSending}
      onInput=${(/** @type {any} */ event) => changeDraft(agent.id, { text: event.target.value })}
      onKeyDown=${pressed}
      onPaste=${pasted}
    ></textarea>
    <div class="row row-between">
      <span id="${id}-hint" class="muted small ${running ? '' : 'composer-hint'}">${running ? 'The agent is in a turn. What you send now waits for its end.' : 'Enter sends, Shift+Enter begins a line.'}</span>
      <div class="row">
        ${mayWrite.value &&
        html`<input ref=${files} type="file" multiple hidden onChange=${chosen} aria-hidden="true" tabindex="-1" />
          <${Button} label="Attach files" title="Attach files; you can also drop them here" onClick=${() => files.current?.click()}>Attach<//>`}
        ${running && html`<${Button} kind="danger" onClick=${() => runs.cancel(running.id)} label="Stop the turn that goes on">Stop<//>`}
        ${running && text.trim() && html`<${Button} disabled=${isSending} title="Stops the turn that goes on, and sends your message" onClick=${() => say('interrupt')}>Interrupt and send<//>`}
        <${Button} type="submit" kind="primary" busy=${isSending} disabled=${!text.trim()}>Send<//>
      </div>
    </div>
    ${isForOthers &&
    html`<details class="small composer-speaker">
      <summary>Speak as somebody else${speaker.trim() ? `: ${speaker.trim()}` : ''}</summary>
      <${TextField} label="Speak as" hint="Empty: as yourself." value=${speaker} onInput=${(/** @type {string} */ value) => changeDraft(agent.id, { speaker: value })} rest=${{ maxlength: 64 }} />
    </details>`}
  </form>`;
}

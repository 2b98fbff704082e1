// One question to several agents: their runs, followed while they run, beside each other.

import { html, useEffect, useRef, useState } from '../../../core/html.js';
import { get, path, send } from '../../../core/api.js';
import { counted } from '../../../core/format.js';
import { follow } from '../../../core/following.js';
import { asProblem } from '../../../core/loading.js';
import { linkTo } from '../../../core/router.js';
import { Problem } from '../../../parts/controls.js';
import { Markdown } from '../../../parts/markdown.js';
import { Badge } from '../../../parts/states.js';

/**
 * The answer of one agent, as far as it has come.
 * @typedef {object} AnswerState
 * @property {string | null} run
 * @property {'asked' | 'running' | 'ended'} state
 * @property {string[]} thoughts What it thought and called.
 * @property {string[]} replies
 * @property {string} part What it says while the model still writes it.
 * @property {string | null} reason Why the turn ended, where it did not end by itself.
 * @property {string | null} error
 * @property {{steps: number, tokens: number} | null} used
 * @property {import('../../../core/api.js').ApiProblem | null} problem
 */

/** @typedef {{number: number, question: string, answers: AnswerState[]}} Round */

/** @type {AnswerState} */
const ASKED = { run: null, state: 'asked', thoughts: [], replies: [], part: '', reason: null, error: null, used: null, problem: null };

const LAST_EVENTS = ['turn_ended', 'error'];

const FINAL = ['ended', 'failed', 'cancelled'];

/**
 * @param {string[]} agents Their names.
 */
export function useAsking(agents) {
  const [rounds, setRounds] = useState(/** @type {Round[]} */ ([]));
  const [ended, setEnded] = useState(0);
  const stops = useRef(new AbortController());
  useEffect(() => () => stops.current.abort(), []);

  const change = (/** @type {number} */ number, /** @type {number} */ place, /** @type {(answer: AnswerState) => AnswerState} */ step) =>
    setRounds((before) =>
      before.map((round) => (round.number === number ? { ...round, answers: round.answers.map((answer, each) => (each === place ? step(answer) : answer)) } : round)),
    );

  const askOne = async (/** @type {number} */ number, /** @type {number} */ place, /** @type {string} */ question) => {
    const set = (/** @type {(answer: AnswerState) => AnswerState} */ step) => change(number, place, step);
    try {
      const run = await send('POST', path`agents/${agents[place]}/runs`, { input: question });
      set((answer) => ({ ...answer, run: run.id, state: 'running' }));
      await follow(path`runs/${run.id}/events`, {
        onEvent: (event) => set((answer) => afterEvent(answer, event.kind, event.data)),
        isLast: (event) => LAST_EVENTS.includes(event.kind),
        isOver: async () => FINAL.includes((await get(path`runs/${run.id}`)).state),
        signal: stops.current.signal,
      });
    } catch (error) {
      const problem = asProblem(error);
      set((answer) => ({ ...answer, problem }));
    }
    if (stops.current.signal.aborted) return;
    set((answer) => ({ ...answer, state: 'ended' }));
    setEnded((before) => before + 1);
  };

  const ask = async (/** @type {string} */ question) => {
    const number = rounds.length + 1;
    setRounds([...rounds, { number, question, answers: agents.map(() => ASKED) }]);
    await Promise.all(agents.map((_, place) => askOne(number, place, question)));
  };
  const running = rounds.flatMap((round) => round.answers).filter((answer) => answer.state !== 'ended');
  const stop = () => Promise.all(running.map((answer) => answer.run && send('POST', path`runs/${answer.run}/cancel`)));
  return { rounds, ask, stop, isRunning: running.length > 0, ended };
}

/**
 * @param {AnswerState} answer
 * @param {string} kind
 * @param {any} data
 * @returns {AnswerState}
 */
function afterEvent(answer, kind, data) {
  switch (kind) {
    case 'thought':
      return { ...answer, thoughts: [...answer.thoughts, data.text] };
    case 'tool_called':
      return data.call.name === 'send_message' ? answer : { ...answer, thoughts: [...answer.thoughts, `${data.call.name} ${data.call.arguments}`] };
    case 'reply_part':
      return { ...answer, part: data.anew ? data.text : answer.part + data.text };
    case 'replied':
      return { ...answer, replies: [...answer.replies, data.text], part: '' };
    case 'turn_ended':
      return {
        ...answer,
        part: '',
        reason: data.stop_reason === 'yielded' ? null : data.stop_reason,
        used: { steps: data.steps, tokens: (data.usage?.prompt_tokens ?? 0) + (data.usage?.completion_tokens ?? 0) },
      };
    case 'error':
      return { ...answer, part: '', error: data.text };
    default:
      return answer;
  }
}

/** @param {{agent: string, state: AnswerState}} props */
export function Answer({ agent, state }) {
  const isRunning = state.state !== 'ended';
  return html`<article class="card past-answer" aria-label="Answer of ${agent}" aria-busy=${String(isRunning)}>
    <div class="row row-between">
      <strong dir="auto">${agent}</strong>
      ${isRunning
        ? html`<span class="muted small"><span class="spinner" aria-hidden="true"></span> ${state.state === 'asked' ? 'asked' : 'answers'}</span>`
        : state.used && html`<span class="muted small">${counted(state.used.steps, 'step')}, ${counted(state.used.tokens, 'token')}</span>`}
    </div>
    ${state.thoughts.length > 0 &&
    html`<details><summary class="small muted">${counted(state.thoughts.length, 'thought or call', 'thoughts and calls')}</summary>
      <ol class="past-entries small">${state.thoughts.map((text) => html`<li dir="auto">${text}</li>`)}</ol>
    </details>`}
    <div aria-live="polite">
      ${state.replies.map((text) => html`<${Markdown} text=${text} />`)}
      ${state.part && html`<p class="past-text" dir="auto">${state.part}</p>`}
      ${!isRunning && state.replies.length === 0 && !state.problem && !state.error && html`<p class="muted">It said nothing.</p>`}
    </div>
    ${state.reason && html`<p><${Badge} kind="warn">${state.reason}<//> ${state.reason === 'suspended' && html`<a href=${linkTo(['agents', agent, 'chat'])}>It waits for somebody: open its chat</a>`}</p>`}
    ${state.error && html`<div class="note note-bad" role="alert"><p>${state.error}</p></div>`}
    ${state.problem && html`<${Problem} problem=${state.problem} />`}
  </article>`;
}

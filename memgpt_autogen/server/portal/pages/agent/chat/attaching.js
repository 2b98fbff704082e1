// Files that are given to the agent: the server loads them into its archive, and the chat says how far it is.

import { html, signal } from '../../../core/html.js';
import { get, path, send } from '../../../core/api.js';
import { counted, fileSize } from '../../../core/format.js';
import { asProblem, useEvery } from '../../../core/loading.js';
import { linkTo } from '../../../core/router.js';
import { Progress } from '../../../parts/states.js';

/** @typedef {import('../../../core/api.js').Schemas['JobAnswer']} Job */
/** @typedef {{number: number, agent: string, name: string, size: number, job: Job | null, problem: string | null}} Attached */

/** What was attached since the page was loaded, of all agents. @type {import('@preact/signals').Signal<Attached[]>} */
const attached = signal([]);

const ASK_EVERY = 700;

/** @param {string} agent The agent's id. @param {Iterable<File>} files */
export function attach(agent, files) {
  for (const file of files) {
    const number = attached.value.length;
    attached.value = [...attached.value, { number, agent, name: file.name, size: file.size, job: null, problem: null }];
    const form = new FormData();
    form.append('file', file, file.name);
    send('POST', path`agents/${agent}/sources`, undefined, { form }).then(
      (job) => change(number, { job }),
      (error) => change(number, { problem: asProblem(error).message }),
    );
  }
}

/** @param {number} number @param {Partial<Attached>} changes */
function change(number, changes) {
  attached.value = attached.value.map((each) => (each.number === number ? { ...each, ...changes } : each));
}

/** @param {Attached} each */
const isGoingOn = ({ job, problem }) => !problem && (!job || job.state === 'queued' || job.state === 'running');

/** @param {{agent: {id: string, name: string}}} props */
export function AttachedFiles({ agent }) {
  const mine = attached.value.filter((each) => each.agent === agent.id);
  const look = () =>
    mine.filter((each) => each.job && isGoingOn(each)).forEach(({ number, job }) =>
      get(path`jobs/${job?.id ?? ''}`).then((found) => change(number, { job: found }), () => {}),
    );
  useEvery(look, mine.some((each) => each.job && isGoingOn(each)) ? ASK_EVERY : null);
  return html`<div class="attached" role="status">${mine.map((each) => html`<${AttachedFile} key=${each.number} file=${each} agent=${agent} />`)}</div>`;
}

/** @param {{file: Attached, agent: {name: string}}} props */
function AttachedFile({ file, agent }) {
  const { name, size, job, problem } = file;
  const failure = problem ?? (job?.state === 'failed' ? job.error : null);
  const result = /** @type {Required<import('../../../core/api.js').Schemas['LoadedAnswer']> | null} */ (job?.result ?? null);
  if (failure) return html`<p class="chat-note note-bad"><b dir="auto">${name}</b>: ${failure}</p>`;
  if (result) {
    const isKnown = result.unchanged.length > 0 && !result.came.length && !result.changed.length;
    return html`<p class="chat-note">
      ${isKnown ? html`<b dir="auto">${name}</b> was there already.` : html`The agent can read <b dir="auto">${name}</b> now: ${counted(result.passages, 'passage')}.`} Ask about it, or see
      ${' '}<a href=${linkTo(['agents', agent.name, 'documents'])}>its documents</a>.
      ${result.notes.map((note) => html`<br />${note}`)}
    </p>`;
  }
  return html`<${Progress} label=${job ? `${name} is being read` : `${name} is on its way (${fileSize(size)})`} done=${job?.done} whole=${job?.total} />`;
}

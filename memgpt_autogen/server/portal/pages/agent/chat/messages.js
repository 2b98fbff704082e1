// One thing in the chat: words of somebody, a thought, a call with its result, or a note.

import { html, useMemo } from '../../../core/html.js';
import { count, counted, exactTime } from '../../../core/format.js';
import { linkTo } from '../../../core/router.js';
import { Markdown } from '../../../parts/markdown.js';
import { CopyButton } from '../../../parts/controls.js';
import { Badge } from '../../../parts/states.js';
import { isOwn, isShownCall, readable } from './items.js';
import { eventText, isQuiet } from './notes.js';

/** @typedef {import('./items.js').Item} Item */
/** @typedef {import('./shown_log.js').Entry} Entry */

/**
 * @typedef {object} Shown What is shown of all items.
 * @property {string} agent The agent's name.
 * @property {boolean} hasThoughts
 * @property {boolean} hasCalls
 * @property {boolean} isBusy Whether the agent is in a turn.
 */

const TIME = new Intl.DateTimeFormat(undefined, { timeStyle: 'short' });
const DAY = new Intl.DateTimeFormat(undefined, { dateStyle: 'full' });

/**
 * @param {object} props
 * @param {Item} props.item
 * @param {Shown} props.shown
 * @param {boolean} props.isMarked
 * @param {any} props.actions
 * @param {import('@preact/signals').Signal<string>} props.streamed The reply that is written now.
 */
export function ItemView({ item, shown, isMarked, actions, streamed }) {
  const results = (item.calls ?? []).map((call) => call.result);
  return useMemo(() => {
    const inside = item.kind === 'live' ? html`<${Words} key="words" streamed=${streamed} shown=${shown} />` : insideOf(item, shown, actions);
    return inside && html`<div class="item ${isMarked ? 'item-marked' : ''}" data-seq=${item.seqs[0]} tabindex=${isMarked ? -1 : undefined}>${inside}</div>`;
  }, [item.entry ?? item.note ?? item.time ?? item.kind, ...results, results.length, shown.agent, shown.hasThoughts, shown.hasCalls, shown.isBusy, isMarked, actions]);
}

/** @param {Item} item @param {Shown} shown @param {any} actions */
function insideOf({ kind, entry, calls = [], note, time = '' }, shown, actions) {
  if (kind === 'day') return html`<p class="day"><time datetime=${time}>${DAY.format(new Date(time))}</time></p>`;
  if (note) return note.kind === 'thought' ? shown.hasThoughts && html`<${Thought} text=${note.data.text} />` : html`<${NoteView} note=${note} agent=${shown.agent} />`;
  if (!entry) return null;
  if (kind === 'words') return html`<${Words} key="words" entry=${entry} shown=${shown} actions=${actions} />`;
  if (kind === 'event') return (shown.hasCalls || !isQuiet(entry)) && html`<${EventNote} entry=${entry} agent=${shown.agent} />`;
  if (kind === 'result') return shown.hasCalls && html`<${Result} entry=${entry} isAlone />`;
  const others = calls.filter(isShownCall);
  const parts = [
    shown.hasThoughts && entry.text && html`<${Thought} key="thought" text=${entry.text} />`,
    shown.hasCalls && others.map((call) => html`<${CallView} key=${call.id} call=${call} isBusy=${shown.isBusy} />`),
    entry.spoken && html`<${Words} key="words" entry=${entry} shown=${shown} actions=${actions} />`,
  ];
  return parts.some((part) => part && (!Array.isArray(part) || part.length)) ? html`${parts}` : null;
}

/**
 * What somebody said. A reply that is written becomes an entry in its place, so that nothing of it is drawn again; a screen
 * reader says it when it is whole.
 * @param {{entry?: Entry, streamed?: import('@preact/signals').Signal<string>, shown: Shown, actions?: any}} props
 */
function Words({ entry, streamed, shown, actions }) {
  const isMine = !entry || isOwn(entry);
  const text = entry ? (entry.spoken ?? entry.text) : (streamed?.value ?? '');
  const name = isMine ? shown.agent : (entry.name ?? 'somebody');
  return html`<article class="words ${isMine ? 'words-own' : 'words-heard'}" aria-busy=${entry ? undefined : 'true'} aria-label=${entry ? `${name}, ${exactTime(entry.time)}` : `${name} writes`}>
    <header class="words-head"><b dir="auto">${name}</b> ${entry ? html`<${WordsHead} entry=${entry} text=${text} agent=${shown.agent} actions=${actions} />` : html`<span class="spinner" aria-hidden="true"></span>`}</header>
    ${isMine ? html`<${Markdown} key="text" text=${text} isPartial=${!entry} />` : html`<${PlainText} key="text" text=${text} />`}
    ${entry && html`<${Pictures} extra=${entry.extra} />`}
  </article>`;
}

/** @param {{entry: Entry, text: string, agent: string, actions: any}} props */
function WordsHead({ entry, text, agent, actions }) {
  return html`
    <${Place} extra=${entry.extra} />
    ${entry.kind === 'imported' && html`<${Badge}>imported<//>`}
    <a class="muted small" href=${linkTo(['agents', agent, 'chat'], { seq: entry.seq })} title="${exactTime(entry.time)}, entry ${entry.seq}"><time datetime=${entry.time}>${TIME.format(new Date(entry.time))}</time></a>
    <span class="words-actions">${actions}<${CopyButton} text=${text} label="Copy this message" /></span>
  `;
}

/** What was said in a group chat tells which one. @param {{extra: Record<string, any>}} props */
function Place({ extra }) {
  const [chat, ...members] = Array.isArray(extra.chat) ? extra.chat : [];
  return chat ? html`<span class="badge" dir="auto" title=${members.length ? `with ${members.join(', ')}` : undefined}>in ${chat}</span>` : null;
}

/** @param {{extra: Record<string, any>}} props */
function Pictures({ extra }) {
  const pictures = Array.isArray(extra.content) ? extra.content.filter((/** @type {any} */ part) => part?.type !== 'text').length : 0;
  return pictures > 0 ? html`<p class="muted small">with ${counted(pictures, 'picture')}</p>` : null;
}

/** The words of others, as they are. @param {{text: string}} props */
function PlainText({ text }) {
  return text.length > 20_000
    ? html`<details><summary dir="auto">${text.slice(0, 500)} … <span class="muted">(${count(text.length)} characters)</span></summary><p class="plain" dir="auto">${text}</p></details>`
    : html`<p class="plain" dir="auto">${text}</p>`;
}

/** @param {{text: string}} props */
function Thought({ text }) {
  const short = text.length > 160 ? `${text.slice(0, 160)} …` : '';
  return html`<div class="thought"><span class="visually-hidden">Thought: </span>${short ? html`<details><summary dir="auto">${short}</summary><p class="plain" dir="auto">${text}</p></details>` : html`<p class="plain" dir="auto">${text}</p>`}</div>`;
}

/** @param {{call: import('./items.js').Call, isBusy: boolean}} props */
function CallView({ call, isBusy }) {
  const { result } = call;
  const waits = isBusy ? html`<span class="spinner" role="img" aria-label="runs"></span>` : html`<${Badge}>no result yet<//>`;
  return html`<details class="call">
    <summary><code>${call.name}</code> <span class="muted" dir="auto">${oneLine(call.arguments)}</span> ${result ? !result.ok && html`<${Badge} kind="bad">failed<//>` : waits}</summary>
    <p class="small muted">Arguments</p>
    <pre dir="auto">${readable(call.arguments)}</pre>
    ${result && html`<${Result} entry=${result} />`}
  </details>`;
}

/** @param {{entry: Entry, isAlone?: boolean}} props */
function Result({ entry, isAlone }) {
  const text = html`<pre dir="auto">${readable(entry.text)}</pre>`;
  return isAlone
    ? html`<details class="call"><summary>Result of <code>${entry.name}</code></summary>${text}</details>`
    : html`<p class="small muted">${entry.ok ? 'Result' : 'It failed'}</p>${text}`;
}

/** @param {{entry: Entry, agent: string}} props */
function EventNote({ entry, agent }) {
  const { text, more, place } = eventText(entry);
  return html`<div class="chat-note" title=${exactTime(entry.time)}>
    ${more ? html`<details><summary dir="auto">${text}</summary><p class="plain" dir="auto">${more}</p></details>` : html`<span dir="auto">${text}</span>`}
    ${place && html` <a href=${linkTo(['agents', agent, place])}>${place === 'memory' ? 'See its memory' : 'See the past'}</a>`}
  </div>`;
}

/** @param {{note: import('./runs.js').Note, agent: string}} props */
function NoteView({ note, agent }) {
  const { kind, data } = note;
  if (kind !== 'eviction') return html`<p class="chat-note">${noteText(note)}</p>`;
  return html`<div class="chat-note" title=${exactTime(data.time)}>
    <details>
      <summary>The oldest messages left the prompt, into the summary. The log has every word.</summary>
      <p class="plain" dir="auto">${data.after}</p>
    </details>
    <a href=${linkTo(['agents', agent, 'window'])}>See the prompt</a>
  </div>`;
}

/** @param {import('./runs.js').Note} note */
function noteText({ kind, data }) {
  if (kind === 'evicted') {
    return `${counted(data.messages, 'message')} left the prompt, into the summary: ${count(data.tokens_before)} tokens before, ${count(data.tokens_after)} after. The log has every word.`;
  }
  if (kind === 'pressure_warned') return `The prompt is nearly full: ${count(data.prompt_tokens)} of ${count(data.window_tokens)} tokens.`;
  return `The turn has reached a limit (${String(data.reason).replaceAll('_', ' ')}): the agent may only answer now.`;
}

/** @param {string} text */
function oneLine(text) {
  const short = text.replace(/\s+/g, ' ');
  return short === '{}' ? '' : short.length > 100 ? `${short.slice(0, 100)} …` : short;
}

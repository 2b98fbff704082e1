// Taking back and replacing what was said last.

import { html, useState } from '../../../core/html.js';
import { ApiProblem, path, send } from '../../../core/api.js';
import { mayTalk, mayWrite } from '../../../core/session.js';
import { Button, Form, TextField } from '../../../parts/controls.js';
import { notify } from '../../../parts/notices.js';
import { Dialog } from '../../../parts/dialogs.js';

/** @typedef {import('./shown_log.js').Entry} Entry */

/**
 * @typedef {object} Chat
 * @property {import('../../agent.js').Agent} agent
 * @property {import('./shown_log.js').ShownLog} log
 * @property {import('./runs.js').Runs} runs
 */

/** What a dialog changes: the last words of a person, of the agent, or its last thought. @typedef {'edit' | 'rewrite' | 'rethink'} What */

const TITLES = { edit: 'Edit the last message', rewrite: 'Rewrite the last reply', rethink: 'Rewrite the last thought' };
const HINTS = {
  edit: 'What followed it is taken back, and the agent answers the new text. Undo brings the old one back.',
  rewrite: 'The agent remembers the new words as its own. Undo brings the old ones back.',
  rethink: 'The agent remembers the new thought as its own. Undo brings the old one back.',
};

/**
 * @param {object} props
 * @param {Chat} props.chat
 * @param {What} props.what
 * @param {Entry} props.entry
 * @param {() => void} props.onClose
 */
export function EditDialog({ chat, what, entry, onClose }) {
  const [text, setText] = useState(what === 'rethink' ? entry.text : (entry.spoken ?? entry.text));
  const submit = async () => {
    if (what === 'edit') await sayAnew(chat, entry, text);
    else await send('POST', path`agents/${chat.agent.id}/${what}`, { text });
    await chat.log.refresh();
    onClose();
  };
  return html`<${Dialog} title=${TITLES[what]} onClose=${onClose} isWide>
    <${Form} submit=${what === 'edit' ? 'Send' : 'Save'} onSubmit=${submit} disabled=${!text.trim()}>
      <${TextField} label="Text" hint=${HINTS[what]} rows=${8} value=${text} onInput=${setText} />
    <//>
  <//>`;
}

/**
 * Take back a message with what followed it, and say another text in its place.
 * @param {Chat} chat
 * @param {Entry} entry
 * @param {string} text
 */
async function sayAnew({ agent, log, runs }, entry, text) {
  const place = path`agents/${agent.id}`;
  await log.refresh();
  const later = log.sorted().filter((each) => each.seq >= entry.seq && each.spoken !== null && each.kind !== 'imported');
  if (later[0]?.seq !== entry.seq) throw new ApiProblem(409, 'This message was taken back meanwhile. Send the text as a new one.');
  const { items } = await send('POST', `${place}/pop`, { count: later.length });
  if (items[0]?.text !== (entry.spoken ?? entry.text)) {
    await send('POST', `${place}/undo`, {});
    throw new ApiProblem(409, 'Something else was said meanwhile, so nothing was taken back. Look at it, then try again.');
  }
  const chat = Array.isArray(entry.extra.chat) ? entry.extra.chat[0] : undefined;
  const said = { text, speaker: entry.name, chat: chat ?? null };
  try {
    const run = await send('POST', `${place}/runs`, { input: text, speaker: entry.name ?? undefined, chat });
    runs.add({ ...run, unheard: [said] });
  } catch (error) {
    await send('POST', `${place}/undo`, {});
    throw error;
  }
}

/** Let the agent answer the last message again. @param {Chat} chat */
export async function answerAgain({ agent, log, runs }) {
  runs.add(await send('POST', path`agents/${agent.id}/retry`));
  await log.refresh();
}

/** @param {Chat} chat @param {'undo' | 'redo'} what */
async function move({ agent, log }, what) {
  const { items } = await send('POST', path`agents/${agent.id}/${what}`, {});
  await log.refresh();
  const block = items.find((/** @type {any} */ change) => change.label)?.label;
  notify(`${what === 'undo' ? 'Undone' : 'Done again'}${block ? `: the last change of the block «${block}»` : ''}.`);
}

/** Buttons for the past of the conversation. @param {{chat: Chat}} props */
export function PastButtons({ chat }) {
  if (!mayWrite.value) return null;
  return html`<${Button} kind="quiet" title="Take back the newest change: an edit, a rewrite, messages that were taken back" onClick=${() => move(chat, 'undo')}>Undo<//>
    <${Button} kind="quiet" title="Do again what was undone last" onClick=${() => move(chat, 'redo')}>Redo<//>`;
}

/**
 * What can be done with the last words of a person, and of the agent.
 * @param {{entry: Entry, isOwn: boolean, isNewest: boolean, chat: Chat, onEdit: (what: What, entry: Entry) => void}} props
 */
export function LastActions({ entry, isOwn, isNewest, chat, onEdit }) {
  if (isOwn && !isNewest) return null;
  const mayEdit = mayWrite.value && (isOwn || mayTalk.value);
  return html`
    ${mayEdit && html`<${Button} kind="quiet" onClick=${() => onEdit(isOwn ? 'rewrite' : 'edit', entry)}>${isOwn ? 'Rewrite' : 'Edit'}<//>`}
    ${mayEdit && isOwn && entry.kind === 'step' && entry.text && html`<${Button} kind="quiet" onClick=${() => onEdit('rethink', entry)}>Rethink<//>`}
    ${isNewest && mayTalk.value && html`<${Button} kind="quiet" title=${isOwn ? 'Take this answer back, and let the agent answer again' : 'Let the agent answer this message'} onClick=${() => answerAgain(chat)}>${isOwn ? 'Answer again' : 'Let it answer'}<//>`}
  `;
}

// The conversation with an agent: what is said, thought and called, as it happens.

import { html, useCallback, useEffect, useMemo, useRef, useState } from '../../core/html.js';
import { asProblem, useEvery } from '../../core/loading.js';
import { go, linkTo } from '../../core/router.js';
import { mayTalk, mayWrite } from '../../core/session.js';
import { Button, CheckField, Problem } from '../../parts/controls.js';
import { notify, notifyProblem } from '../../parts/notices.js';
import { Empty } from '../../parts/states.js';
import { attach, AttachedFiles } from './chat/attaching.js';
import { Composer, keepFocus } from './chat/composer.js';
import { changeDraft } from './chat/draft.js';
import { answerAgain, EditDialog, LastActions, PastButtons } from './chat/editing.js';
import { isOwn, itemsOf } from './chat/items.js';
import { ItemView } from './chat/messages.js';
import { Busy, Failure, Stopped } from './chat/now.js';
import { Runs } from './chat/runs.js';
import { useScrolling } from './chat/scrolling.js';
import { ShownLog } from './chat/shown_log.js';
import { useSwitch } from './chat/switches.js';
import { Suspended, Unheard } from './chat/waiting.js';

/** How often it is looked for what other programs do, and for the queue, in milliseconds. */
const LOOK_EVERY = 2500;
const QUEUE_EVERY = 1000;

const SUGGESTIONS = ['My name is …', 'What do you remember about me?'];

/** @param {import('../agent.js').PartProps} props */
export default function Chat({ agent, query }) {
  const chat = useMemo(() => {
    const log = new ShownLog(agent.id);
    return { agent, log, runs: new Runs(agent.id, log) };
  }, [agent.id]);
  const { log, runs } = chat;
  const [problem, setProblem] = useState(/** @type {import('../../core/api.js').ApiProblem | null} */ (null));
  const wanted = Number(query.get('seq')) || 0;

  const start = useCallback(() => {
    setProblem(null);
    const loading = wanted ? log.loadAround(wanted) : log.loadNewest();
    loading.then(() => Promise.all([runs.look(), runs.readEvictions()])).catch((error) => setProblem(asProblem(error)));
  }, [log, wanted]);
  useEffect(start, [start]);
  useEffect(() => () => runs.close(), [runs]);

  const isQueued = runs.going.value.some((run) => run.state === 'queued');
  const isLooking = useRef(false);
  const look = async () => {
    if (!log.isLoaded.value || isLooking.current) return;
    isLooking.current = true;
    try {
      await runs.look();
      if (!runs.followed) await log.look();
    } catch {
      // the frame says that the server does not answer
    } finally {
      isLooking.current = false;
    }
  };
  useEvery(look, isQueued ? QUEUE_EVERY : LOOK_EVERY);

  if (problem && !log.isLoaded.value) return html`<${Problem} problem=${problem} onRetry=${start} />`;
  if (!log.isLoaded.value) return html`<p class="muted" role="status"><span class="spinner" aria-hidden="true"></span> Loading the chat …</p>`;
  return html`<${Conversation} chat=${chat} wanted=${wanted} />`;
}

/** @param {{chat: import('./chat/editing.js').Chat, wanted: number}} props */
function Conversation({ chat, wanted }) {
  const { agent, log, runs } = chat;
  const [hasThoughts, setThoughts] = useSwitch('thoughts');
  const [hasCalls, setCalls] = useSwitch('calls');
  const [edited, setEdited] = useState(/** @type {{what: import('./chat/editing.js').What, entry: import('./chat/shown_log.js').Entry} | null} */ (null));
  const [isOver, setOver] = useState(false);
  const version = log.version.value;
  const notes = runs.notes.value;
  const speaking = log.hasNewer.value ? '' : runs.speaking.value;
  const items = useMemo(() => itemsOf(log.sorted(), log.hasNewer.value ? [] : notes, runs.keys, speaking), [version, notes, speaking]);
  const going = log.hasNewer.value ? [] : runs.going.value;
  const unheard = going.map((run) => ({ run, said: run.unheard.filter((each) => !isHeard(log, run, each.text)) })).filter(({ said }) => said.length);
  const suspended = runs.going.value.filter((run) => run.state === 'suspended' && run.waiting.length);
  const isBusy = runs.going.value.some((run) => run.state === 'running' || run.state === 'queued');
  const shown = { agent: agent.name, hasThoughts, hasCalls, isBusy };
  const failed = !isBusy && !log.hasNewer.value && isNewest(log, runs.failed.value) ? runs.failed.value : null;

  const isEmpty = !isBusy && !log.hasOlder.value && !items.some((item) => item.kind === 'words' || item.kind === 'step');
  const scrolling = useScrolling({
    isEmpty,
    of: [version, notes.length, hasThoughts, hasCalls, unheard.length, suspended.length, failed?.id, runs.stopped.value].join(),
    hasNewer: log.hasNewer.value,
    onStart: () => (!log.isFull || !scrolling.isAtEnd) && log.loadOlder().catch(notifyProblem),
    onEnd: () => log.loadNewer().catch(notifyProblem),
  });
  const { pane, inside, isAtEnd, toEnd, toEntry } = scrolling;
  const reached = useRef(0);
  useEffect(() => {
    if (wanted === reached.current || wanted !== log.around) return;
    reached.current = wanted;
    if (wanted && !toEntry(wanted)) notify(`The entry ${wanted} was taken back, or is shown only with thoughts and calls.`);
  }, [wanted, version]);

  const seen = useRef(log.last);
  if (isAtEnd && !log.hasNewer.value) seen.current = log.last;
  const toNewest = async () => {
    if (wanted) go(linkTo(['agents', agent.name, 'chat']), { replace: true });
    else if (log.hasNewer.value) await log.loadNewest();
    toEnd();
  };
  const dropped = (/** @type {DragEvent} */ event) => {
    event.preventDefault();
    setOver(false);
    if (event.dataTransfer?.files.length && mayWrite.value) attach(agent.id, event.dataTransfer.files);
  };
  const dragged = (/** @type {DragEvent} */ event) => {
    if (!mayWrite.value || !event.dataTransfer?.types.includes('Files')) return;
    event.preventDefault();
    setOver(true);
  };
  const lastOf = (/** @type {boolean} */ own) => items.findLast((item) => item.entry && (item.entry.kind === 'message' || item.entry.spoken) && item.entry.kind !== 'imported' && isOwn(item.entry) === own);
  const last = isBusy || log.hasNewer.value ? [] : [lastOf(true), lastOf(false)];
  const newest = (last[0]?.seqs[0] ?? 0) > (last[1]?.seqs[0] ?? 0) ? last[0] : last[1];
  const actions = useMemo(
    () => new Map(last.filter(Boolean).map((item) => [item?.key, html`<${LastActions} entry=${item?.entry} isOwn=${item === last[0]} isNewest=${item === newest} chat=${chat} onEdit=${(/** @type {any} */ what, /** @type {any} */ entry) => setEdited({ what, entry })} />`])),
    [last[0]?.entry, last[1]?.entry, chat],
  );
  // a screen reader says what is finished, and no parts
  const told = failed ? '' : runs.saidLast.value;
  const shownItem = (/** @type {import('./chat/items.js').Item} */ item) =>
    html`<${ItemView} key=${item.key} item=${item} shown=${shown} streamed=${runs.streamed} isMarked=${item.seqs.includes(wanted)} actions=${actions.get(item.key) ?? null} />`;

  // buttons of what was asked, or of the last message, go when they are pressed
  const isNew = useRef(true);
  useEffect(() => {
    if (!isNew.current) keepFocus();
    isNew.current = false;
  }, [isBusy, suspended.length, edited]);

  return html`<section class="chat ${isOver ? 'chat-over' : ''}" aria-label="Chat with ${agent.name}" onDragOver=${dragged} onDragLeave=${() => setOver(false)} onDrop=${dropped}>
    <div class="row row-between chat-bar">
      <div class="row" role="group" aria-label="Show">
        <${CheckField} label="Thoughts" checked=${hasThoughts} onInput=${setThoughts} />
        <${CheckField} label="Calls" checked=${hasCalls} onInput=${setCalls} />
      </div>
      <div class="row">
        ${runs.isBroken.value && html`<span class="badge badge-warn" role="status">Connecting again …</span>`}
        <${PastButtons} chat=${chat} />
      </div>
    </div>
    <div ref=${pane} class="chat-pane" role="log" aria-live="off" aria-label="Messages" tabindex="0">
      <div ref=${inside} class="chat-inside">
        ${log.hasOlder.value && html`<p class="row row-center"><${Button} kind="quiet" busy=${log.isLoading.value} onClick=${() => log.loadOlder()}>Load older messages<//></p>`}
        ${isEmpty && html`<${First} agent=${agent} />`}
        ${[
          ...items.filter(({ kind }) => kind !== 'live' && (hasCalls || !isEmpty)).map(shownItem),
          ...suspended.map((run) => html`<${Suspended} key=${run.id} run=${run} runs=${runs} />`),
          ...items.filter(({ kind }) => kind === 'live').map(shownItem),
        ]}
        ${unheard.filter(({ run }) => run.place === 0).map(({ run, said }) => html`<${Unheard} key=${run.id} run=${run} runs=${runs} said=${said} />`)}
        ${isBusy && !speaking && !log.hasNewer.value && html`<${Busy} agent=${agent} />`}
        ${unheard.filter(({ run }) => run.place > 0).map(({ run, said }) => html`<${Unheard} key=${run.id} run=${run} runs=${runs} said=${said} />`)}
        ${!isBusy && !failed && runs.stopped.value && html`<${Stopped} reason=${runs.stopped.value} />`}
        ${failed && html`<${Failure} key=${failed.id} run=${failed} chat=${chat} onRetry=${() => answerAgain(chat)} />`}
      </div>
    </div>
    ${(!isAtEnd || log.hasNewer.value) && html`<div class="to-newest"><${Button} onClick=${toNewest}>↓ ${log.last > seen.current ? 'New messages' : 'To the newest'}<//></div>`}
    <p class="visually-hidden" aria-live="polite">${told && `${agent.name}: ${told.slice(0, 2000)}`}</p>
    <${AttachedFiles} agent=${agent} />
    ${mayTalk.value ? html`<${Composer} agent=${agent} runs=${runs} onSent=${toNewest} />` : html`<p class="muted">Writing to the agent needs the scope «talk».</p>`}
    ${edited && html`<${EditDialog} chat=${chat} ...${edited} onClose=${() => setEdited(null)} />`}
  </section>`;
}

/**
 * Whether the log has already what the run says. An entry has the time at which its run was asked for.
 * @param {ShownLog} log
 * @param {import('./chat/runs.js').Run} run
 * @param {string} text
 */
function isHeard(log, run, text) {
  const created = Date.parse(run.created);
  return [...log.entries.values()].some((entry) => entry.kind === 'message' && entry.text === text && Date.parse(entry.time) === created);
}

/** Whether nothing has happened since a run. @param {ShownLog} log @param {import('./chat/runs.js').Run | null} run */
function isNewest(log, run) {
  const last = log.entries.get(log.last);
  return run !== null && (!last || !run.ended || Date.parse(last.time) <= Date.parse(run.ended));
}

/** What to say first. @param {{agent: import('../agent.js').Agent}} props */
function First({ agent }) {
  const choose = (/** @type {string} */ text) => {
    changeDraft(agent.id, { text });
    const field = /** @type {HTMLTextAreaElement | null} */ (document.querySelector('.composer-text'));
    field?.focus();
    // the gap is what a person types over
    setTimeout(() => text.includes('…') && field?.setSelectionRange(text.indexOf('…'), text.indexOf('…') + 1));
  };
  return html`<${Empty} title="Nothing was said yet">
    <p>Tell ${agent.name} something about you: it remembers what matters. Or drop a file here, and ask about it.</p>
    ${mayTalk.value && html`<p class="row row-center">${SUGGESTIONS.map((text) => html`<${Button} key=${text} onClick=${() => choose(text)}>${text}<//>`)}</p>`}
  <//>`;
}

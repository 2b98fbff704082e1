// What left the window, when and why, and the summaries that stand for it.

import { html, useEffect, useRef } from '../../../core/html.js';
import { path, send } from '../../../core/api.js';
import { count, counted } from '../../../core/format.js';
import { useList } from '../../../core/loading.js';
import { linkTo } from '../../../core/router.js';
import { mayWrite } from '../../../core/session.js';
import { Button } from '../../../parts/controls.js';
import { Diff } from '../../../parts/diff.js';
import { confirm } from '../../../parts/dialogs.js';
import { Fold } from '../../../parts/fold.js';
import { notify } from '../../../parts/notices.js';
import { Badge, Empty, Listing, When } from '../../../parts/states.js';

/** @typedef {import('../../../core/api.js').Schemas['EvictionAnswer']} Eviction */

/** @typedef {import('../../agent.js').Agent} Agent */

/**
 * @param {object} props
 * @param {Agent} props.agent
 * @param {number | null} props.seq The newest entry of the window that is shown; another one loads the list again.
 * @param {boolean} props.isPast
 * @param {() => Promise<void>} props.reload Load the window again.
 */
export function Evictions({ agent, seq, isPast, reload }) {
  /** @type {import('../../../core/loading.js').Listed<Eviction>} */
  const evictions = useList(path`agents/${agent.id}/evictions`, { limit: 20 });
  const seen = useRef(seq);
  useEffect(() => {
    if (seen.current !== null && seq !== seen.current && !isPast) evictions.reload();
    seen.current = seq;
  }, [seq]);
  const compact = async () => {
    const isSure = await confirm({
      title: 'Evict now?',
      text: `The older half of the messages in the window is folded into the summary, and the window gets room. The log keeps every word, and searches find it. It cannot be undone: what was evicted does not come back into the window.`,
      action: 'Evict the older half',
    });
    if (!isSure) return;
    const done = await send('POST', path`agents/${agent.id}/compact`, {});
    notify(done.evicted ? `${counted(done.messages, 'message')} left the window: ${count(done.tokens_before)} tokens became ${count(done.tokens_after)}.` : 'There is nothing to evict.');
    await Promise.all([reload(), evictions.reload()]);
  };
  return html`<section class="stack window-evictions" aria-labelledby="window-evictions">
    <div class="row row-between">
      <h2 id="window-evictions">What was evicted</h2>
      ${mayWrite.value && !isPast && html`<${Button} onClick=${compact}>Evict now …<//>`}
    </div>
    <${Listing}
      of=${evictions}
      what="the evictions"
      empty=${html`<${Empty} title="Nothing was evicted yet">
        <p>When a prompt becomes larger than what may be sent, its oldest messages are folded into a summary. You will find here when and why.</p>
      <//>`}
    >
      ${(/** @type {Eviction[]} */ items) => html`<ol class="window-evicted">
        ${items.map((item) => html`<li key=${item.number} class="card"><${One} agent=${agent} item=${item} /></li>`)}
      </ol>`}
    <//>
  </section>`;
}

/** @param {{agent: Agent, item: Eviction}} props */
function One({ agent, item }) {
  return html`
    <p class="row">
      <strong>${left(item)}</strong>
      <${When} time=${item.time} />
      ${item.source === 'extract' && html`<${Badge} kind="warn">summary by rules, without a model<//>`}
    </p>
    <p>${why(item)}</p>
    <${Fold} summary=${item.before === null ? 'The summary' : 'What changed in the summary'}>
      ${() => html`${item.before !== null && html`<${Diff} before=${item.before} after=${item.summary} label="Change of the summary" />`}
        <${Fold} isOpen=${item.before === null} summary="The summary as it was written">${() => html`<pre dir="auto">${item.summary}</pre>`}<//>`}
    <//>
    <p class="small row">
      <a href=${linkTo(['agents', agent.name, 'window'], { at: item.at_seq })}>The window after it</a>
      <a href=${linkTo(['agents', agent.name, 'past'], { at: item.at_seq })}>Memory at that time</a>
    </p>
  `;
}

/** @param {Eviction} item */
function left(item) {
  if (item.messages === 0) return 'The summary was written again';
  if (item.messages !== null) return `${counted(item.messages, 'message')} left the window`;
  return 'Messages left the window';
}

/** @param {Eviction} item */
function why(item) {
  const entries = item.messages === 0 ? '' : ` They are entries ${count(item.after_seq + 1)} to ${count(item.through_seq)} of the log.`;
  if (item.cause === 'pressure' && item.prompt_tokens !== null) {
    return `The prompt had ${count(item.prompt_tokens)} tokens, and at most ${count(item.limit_tokens ?? 0)} were sent.${entries}`;
  }
  if (item.cause === 'compact') return `Somebody asked for it, when the prompt had ${count(item.prompt_tokens ?? 0)} tokens.${entries}`;
  if (item.cause === 'forget') return 'Something was forgotten, so the model wrote it again from what is left.';
  return `Why is not known: an older version evicted them, or they were imported.${entries}`;
}

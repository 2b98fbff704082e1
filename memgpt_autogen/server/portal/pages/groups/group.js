// One group chat: what is said, live; who speaks now; and what each member of one's own holds.

import { html, useEffect, useLayoutEffect, useRef, useState } from '../../core/html.js';
import { active, useActivity } from '../../core/activity.js';
import { get, path } from '../../core/api.js';
import { useLoaded } from '../../core/loading.js';
import { linkTo } from '../../core/router.js';
import { callIt } from '../../core/title.js';
import { Button } from '../../parts/controls.js';
import { Empty, Loading, When } from '../../parts/states.js';
import { Members, titleOf } from '../groups.js';
import { Holdings } from './holdings.js';
import { Message } from './message.js';
import { STATES, StateBadge } from './states.js';
import { useMessages } from './messages.js';

/** @typedef {import('../../core/api.js').Schemas['GroupAnswer']} GroupAnswer */

/** @param {{id: string}} props */
export function Group({ id }) {
  const group = useLoaded((signal) => get(path`groups/${id}`, {}, signal), [id]);
  useEffect(() => {
    if (group.data) callIt(id, titleOf(group.data));
  }, [group.data]);
  if (group.problem?.status === 404) {
    return html`<h1>Group</h1>
      <${Empty} title="There is no group chat with this id, or no agent of yours takes part in it."><p><a href=${linkTo(['groups'])}>Look at all groups</a></p><//>`;
  }
  return html`<p><a href=${linkTo(['groups'])}>Groups</a></p>
    <${Loading} of=${group} what="the group">${(/** @type {GroupAnswer} */ found) => html`<${Chat} group=${found} reload=${group.reload} />`}<//>`;
}

/** @param {{group: GroupAnswer, reload: () => Promise<void>}} props */
function Chat({ group, reload }) {
  const { messages, state, hasEarlier, earlier, isBroken, problem } = useMessages(group, reload);
  useActivity();
  const log = useRef(/** @type {HTMLOListElement | null} */ (null));
  const isAtEnd = useRef(true);
  const newest = messages.at(-1)?.number ?? 0;
  useLayoutEffect(() => {
    // whoever reads further up stays there
    if (log.current && isAtEnd.current) log.current.scrollTop = log.current.scrollHeight;
  }, [newest]);
  const scrolled = () => {
    const { scrollTop = 0, scrollHeight = 0, clientHeight = 0 } = log.current ?? {};
    isAtEnd.current = scrollHeight - scrollTop - clientHeight < 60;
  };
  const names = Object.fromEntries(group.members.filter((each) => each.agent_id).map((each) => [each.agent_id, each.name]));
  const speaking = group.members.find((each) => each.agent_id && active.value?.get(each.agent_id)?.running);
  const isOver = state === 'ended' || state === 'lost';
  return html`
    <div class="row row-between page-head">
      <h1 dir="auto">${titleOf(group)}</h1>
      <${StateBadge} state=${state} />
    </div>
    <p class="row group-members"><${Members} group=${group} /><span class="muted small">Since <${When} time=${group.created_at} /></span></p>
    <div class="group">
      <section class="group-chat" aria-label="What was said">
        ${hasEarlier && html`<div class="row row-center"><${Button} onClick=${earlier}>Load earlier messages<//></div>`}
        ${problem && html`<p class="note note-bad" role="alert">${problem.message}</p>`}
        <div class="group-log" ref=${log} onScroll=${scrolled} tabindex="0" role="log" aria-label="Messages"><ol class="group-list">
          ${messages.map((each) => html`<${Message} key=${each.number} message=${each} names=${names} />`)}
        </ol></div>
        <p class="muted" role="status">
          ${isBroken
            ? 'The connection broke. It is opened again …'
            : isOver
              ? `This chat is over: ${STATES[state].about}`
              : speaking
                ? html`<span class="spinner" aria-hidden="true"></span> <bdi>${speaking.name}</bdi> speaks …`
                : state === 'quiet'
                  ? STATES.quiet.about
                  : 'Waiting for the next message …'}
        </p>
      </section>
      <${Holdings} group=${group} newest=${newest} />
    </div>
  `;
}

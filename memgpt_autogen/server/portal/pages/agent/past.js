// The past of an agent: any moment of it, what differs between two, its changes, and its other futures.

import { html, useEffect, useRef, useState } from '../../core/html.js';
import { get, path } from '../../core/api.js';
import { go, linkTo } from '../../core/router.js';
import { mayWrite } from '../../core/session.js';
import { Button } from '../../parts/controls.js';
import { Empty, Loading } from '../../parts/states.js';
import { Tabs } from '../../parts/tabs.js';
import { ChangesView } from './past/changes.js';
import { ForkDialog, FuturesView } from './past/futures.js';
import { DifferenceView, MomentView, useLatest, useSettled } from './past/moment.js';
import { Handle, Legend, useChanges } from './past/timeline.js';

/** @typedef {import('../agent.js').PartProps} PartProps */
/** @typedef {import('./past/timeline.js').Moment} Moment */

/** @param {PartProps} props */
export default function Past(props) {
  const { agent, rest } = props;
  const views = [
    { place: [], text: 'Moments', isHere: rest[0] !== 'futures' },
    { place: ['futures'], text: 'Two futures', isHere: rest[0] === 'futures' },
  ];
  return html`
    <${Tabs} label="Parts of the past" tabs=${views.map(({ place, text, isHere }) => ({ link: linkTo(['agents', agent.name, 'past', ...place]), text, isHere }))} />
    <div class="past-page">${rest[0] === 'futures' ? html`<${FuturesView} ...${props} />` : html`<${Moments} ...${props} />`}</div>
  `;
}

/** @param {PartProps} props */
function Moments({ agent, reload, query }) {
  const last = agent.seq;
  const place = ['agents', agent.name, 'past'];
  const [at, setAt] = useState(numberOf(query.get('at'), last, last));
  const [other, setOther] = useState(query.has('from') ? numberOf(query.get('from'), 0, last) : null);
  const [isForking, setForking] = useState(false);
  const isComparing = other !== null;
  const settled = useSettled({ at, other });
  const changes = useChanges(agent.name, last);
  const known = changes.data ?? [];
  const moment = useMoment(agent.name, settled.at);
  const otherMoment = useMoment(agent.name, settled.other);

  // the address says which moment is shown, and a link to another one is followed
  const shown = linkTo(place, { at: at === last && !isComparing ? null : at, from: other });
  const written = useRef('');
  const settledLink = useSettled(shown, 400);
  useEffect(() => {
    written.current = settledLink;
    if (settledLink === shown && location.hash !== settledLink) go(settledLink, { replace: true });
  }, [settledLink]);
  useEffect(() => {
    const asked = linkTo(place, Object.fromEntries(query));
    if (asked === written.current || written.current === '') return;
    setAt(numberOf(query.get('at'), last, last));
    setOther(query.has('from') ? numberOf(query.get('from'), 0, last) : null);
  }, [query.toString()]);

  const changed = async () => {
    await reload();
    setOther(null);
  };
  const before = useRef(last);
  useEffect(() => {
    if (at === before.current) setAt(last);
    before.current = last;
  }, [last]);

  if (last === 0) return html`<${Empty} title="Nothing has happened yet."><p>Say something to ${agent.name} first.</p><p><a href=${linkTo(['agents', agent.name, 'chat'])}>Open the chat</a></p><//>`;
  const [from, to] = settled.other === null ? [settled.at, settled.at] : [Math.min(settled.at, settled.other), Math.max(settled.at, settled.other)];
  return html`<div class="stack">
    <section class="card stack" aria-label="Timeline">
      <${Handle} label=${isComparing ? 'One moment' : 'Moment'} seq=${at} last=${last} onMove=${setAt} changes=${known} moment=${moment.data} />
      ${other !== null && html`<${Handle} label="Compare with" seq=${other} last=${last} onMove=${setOther} changes=${known} moment=${otherMoment.data} />`}
      <div class="row row-between">
        <${Legend} changes=${known} />
        <span class="row">
          <${Button} onClick=${() => setOther(isComparing ? null : at === last ? 0 : last)} rest=${{ 'aria-pressed': String(isComparing) }}>Compare two moments<//>
          ${mayWrite.value && html`<${Button} kind="primary" onClick=${() => setForking(true)}>Fork at entry ${at}<//>`}
        </span>
      </div>
    </section>
    ${isForking && html`<${ForkDialog} agent=${agent.name} at=${at} onClose=${() => setForking(false)} />`}
    ${isComparing
      ? html`<${DifferenceView} agent=${agent.name} from=${from} to=${to} />`
      : html`<${Loading} of=${moment} what="the moment">${(/** @type {Moment} */ found) => html`<${MomentView} agent=${agent} moment=${found} isOld=${moment.isOld} />`}<//>`}
    <${ChangesView} agent=${agent} onGo=${setAt} onChanged=${changed} />
  </div>`;
}

/**
 * The memory at an entry, and what happened there; null asks for nothing.
 * @param {string} agent
 * @param {number | null} seq
 * @returns {import('../../core/loading.js').Loaded<Moment> & {isOld: boolean}}
 */
function useMoment(agent, seq) {
  return useLatest(
    async (signal) => {
      if (seq === null) return null;
      const [state, log] = await Promise.all([
        get(path`agents/${agent}/at/${seq}`, { limit: 12 }, signal),
        get(path`agents/${agent}/log`, { before: seq + 1, limit: 1, undone: true }, signal),
      ]);
      return { state, entry: log.items[0] ?? null };
    },
    [agent, seq],
  );
}

/** @param {string | null} text @param {number} otherwise @param {number} last */
function numberOf(text, otherwise, last) {
  const number = Number(text);
  return text && Number.isInteger(number) ? Math.max(0, Math.min(last, number)) : otherwise;
}

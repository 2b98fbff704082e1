// One message of a group, with who heard it and where that stands in each log.

import { html } from '../../core/html.js';
import { linkTo } from '../../core/router.js';
import { Markdown } from '../../parts/markdown.js';
import { When } from '../../parts/states.js';

/**
 * @param {object} props
 * @param {import('../../core/api.js').Schemas['GroupMessageAnswer']} props.message
 * @param {Record<string, string>} props.names What the agents are called in the group, by their ids.
 */
export function Message({ message, names }) {
  const said = message.agent_id ? message.said_at.map((seq) => ({ id: /** @type {string} */ (message.agent_id), seq })) : [];
  const heard = message.heard_by.map((each) => ({ id: each.agent_id, seq: each.seq }));
  return html`<li class="group-message ${message.agent_id ? 'group-message-own' : ''}">
    <div class="row row-between small">
      <strong dir="auto">${message.speaker}</strong>
      <span class="muted"><${When} time=${message.time} /></span>
    </div>
    <div dir="auto"><${Markdown} text=${message.text} /></div>
    <p class="small muted group-places">
      ${said.length > 0 && html`Said at ${places(said, names, false)}. `}${heard.length > 0 ? html`Heard by ${places(heard, names, true)}.` : ''}
    </p>
  </li>`;
}

/**
 * @param {{id: string, seq: number}[]} found
 * @param {Record<string, string>} names
 * @param {boolean} isNamed
 */
function places(found, names, isNamed) {
  return found.map(
    ({ id, seq }, index) => html`${index > 0 && ', '}<a href=${linkTo(['agents', id, 'chat'], { seq })} title="The entry ${seq} of the log of ${names[id] ?? id}">${isNamed && html`<bdi>${names[id] ?? 'an agent'}</bdi> `}#${seq}</a>`,
  );
}

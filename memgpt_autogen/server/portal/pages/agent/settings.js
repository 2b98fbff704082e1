// The settings of an agent: its name and texts, limits, tools, what it shall forget, and what was done to it.

import { html } from '../../core/html.js';
import { linkTo } from '../../core/router.js';
import { Tabs } from '../../parts/tabs.js';
import { Forget } from './settings/forget.js';
import { General } from './settings/general.js';
import { Acts, Limits } from './settings/limits.js';
import { Tools } from './settings/tools.js';

const VIEWS = [
  { place: '', text: 'General', View: General },
  { place: 'limits', text: 'Limits', View: Limits },
  { place: 'tools', text: 'Tools', View: Tools },
  { place: 'forget', text: 'Forget', View: Forget },
  { place: 'audit', text: 'Audit', View: Acts },
];

/** @param {import('../agent.js').PartProps} props */
export default function Settings(props) {
  const { agent, rest } = props;
  const here = VIEWS.find((each) => each.place === (rest[0] ?? '')) ?? VIEWS[0];
  const link = (/** @type {string} */ place) => linkTo(['agents', agent.name, 'settings', ...(place ? [place] : [])]);
  return html`
    <${Tabs} label="Parts of the settings" tabs=${VIEWS.map(({ place, text }) => ({ link: link(place), text, isHere: place === here.place }))} />
    <div class="settings stack"><${here.View} ...${props} /></div>
  `;
}

// The fields of a template: one text, or those of a preset.

import { html } from '../../core/html.js';
import { counted } from '../../core/format.js';
import { TextField } from '../../parts/controls.js';
import { presetOf, textOfPreset } from './preset.js';

/** @typedef {import('./kinds.js').Kind} Kind */

const ROWS = 10;

/** @param {{kind: Kind, text: string, onInput: (text: string) => void, readOnly?: boolean}} props */
export function TemplateFields({ kind, text, onInput, readOnly }) {
  const rest = { readonly: readOnly };
  const sized = (/** @type {string} */ value) => counted([...value].length, 'character');
  if (kind.place !== 'preset') return html`<${TextField} label="Text" rows=${ROWS} value=${text} onInput=${onInput} hint=${sized(text)} rest=${rest} required />`;
  const preset = presetOf(text);
  const changed = (/** @type {Partial<import('./preset.js').Preset>} */ part) => onInput(textOfPreset({ ...preset, ...part }));
  return html`
    <${TextField} label="Description" value=${preset.description} onInput=${(/** @type {string} */ description) => changed({ description })} rest=${rest} />
    <${TextField} label="Persona: who the agent is" rows=${5} value=${preset.persona} onInput=${(/** @type {string} */ persona) => changed({ persona })} hint=${sized(preset.persona)} rest=${rest} />
    <${TextField} label="Human: who it talks to" rows=${5} value=${preset.human} onInput=${(/** @type {string} */ human) => changed({ human })} hint=${sized(preset.human)} rest=${rest} />
  `;
}

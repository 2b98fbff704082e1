// The field for the name of a new agent: what is wrong with a name is said while it is typed.

import { html, useEffect, useState } from '../../core/html.js';
import { get } from '../../core/api.js';
import { faultOfName } from '../../core/names.js';
import { TextField } from '../../parts/controls.js';

/** How long after a key it is looked whether the name is taken, in milliseconds. */
const PAUSE = 250;

/**
 * @param {object} props
 * @param {string} props.value
 * @param {(value: string) => void} props.onInput
 * @param {(isFree: boolean) => void} [props.onCheck] Called with whether an agent can be created with it.
 * @param {boolean} [props.isOptional]
 */
export function NameField({ value, onInput, onCheck, isOptional }) {
  const [taken, setTaken] = useState('');
  const fault = faultOfName(value) || (taken === value && value ? `There is an agent ${value} already. Give another name.` : '');
  useEffect(() => onCheck?.((Boolean(value) || Boolean(isOptional)) && !fault), [value, fault, isOptional]);
  useEffect(() => {
    if (!value || faultOfName(value)) return undefined;
    const stop = new AbortController();
    const timer = setTimeout(async () => {
      try {
        const { items } = await get('agents', { search: value, limit: 50 }, stop.signal);
        if (items.some((/** @type {any} */ each) => each.name === value)) setTaken(value);
      } catch {
        // the server says it when the agent is created
      }
    }, PAUSE);
    return () => (clearTimeout(timer), stop.abort());
  }, [value]);
  return html`<div>
    <${TextField}
      label="Name"
      value=${value}
      onInput=${onInput}
      required=${!isOptional}
      hint=${isOptional ? 'Leave it empty to take the name in the file.' : 'Up to 64 characters, without spaces.'}
      rest=${{ autofocus: true, autocomplete: 'off', spellcheck: false, 'aria-invalid': fault ? 'true' : undefined }}
    />
    <p class="fault small" role="status">${fault}</p>
  </div>`;
}

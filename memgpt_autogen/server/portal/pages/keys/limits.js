// What a user or a key may use: shown to all, changed by the admin.

import { html, useEffect, useState } from '../../core/html.js';
import { get, send } from '../../core/api.js';
import { useLoaded } from '../../core/loading.js';
import { Button, Form, TextField } from '../../parts/controls.js';
import { Dialog } from '../../parts/dialogs.js';
import { notify } from '../../parts/notices.js';
import { LIMITS, Limits } from '../usage/limits.js';

/**
 * @param {object} props
 * @param {string} props.title
 * @param {string} props.place The place of the limits in the API.
 * @param {boolean} props.mayChange
 * @param {() => void} props.onClose
 */
export function LimitsDialog({ title, place, mayChange, onClose }) {
  const limits = useLoaded((signal) => get(place, {}, signal), [place]);
  const [given, setGiven] = useState(/** @type {Record<string, string>} */ ({}));
  useEffect(() => {
    if (limits.data) setGiven(Object.fromEntries(LIMITS.map(([limit]) => [limit, String(limits.data[limit] ?? '')])));
  }, [limits.data]);
  const store = async () => {
    const body = Object.fromEntries(LIMITS.map(([limit]) => [limit, given[limit]?.trim() ? Number(given[limit]) : null]));
    limits.set(await send('PUT', place, body));
    notify('The limits are stored.');
    onClose();
  };
  return html`<${Dialog} title=${title} onClose=${onClose}>
    <${Limits} of=${place} loaded=${limits} />
    ${mayChange &&
    limits.data &&
    html`<${Form} submit="Store the limits" onSubmit=${store} actions=${html`<${Button} onClick=${onClose}>Back<//>`}>
      ${LIMITS.map(([limit, , name]) => html`<${TextField} key=${limit} label=${name} type="number" value=${given[limit] ?? ''} onInput=${(/** @type {string} */ value) => setGiven({ ...given, [limit]: value })} rest=${{ min: 0, step: limit === 'cost_a_day' ? 'any' : 1, placeholder: 'without a limit' }} />`)}
    <//>`}
  <//>`;
}

// One program: its lines, and a request as it sends it.

import { html, useState } from '../../core/html.js';
import { mayTalk } from '../../core/session.js';
import { CopyButton, Form, TextField } from '../../parts/controls.js';

/** @typedef {import('./programs.js').Where} Where */

/** @param {{program: import('./programs.js').Program, where: Where}} props */
export function Program({ program, where }) {
  const [isTrying, setTrying] = useState(false);
  const isReading = program.name.startsWith('MCP');
  return html`<section class="card program" aria-label=${program.name}>
    <h2>${program.name}</h2>
    <p>${program.about}</p>
    ${program.lines(where).map(
      ([title, text]) => html`<div key=${title} class="lines">
        <div class="row row-between"><h3>${title}</h3><${CopyButton} text=${text} label="Copy: ${program.name}, ${title}" /></div>
        <pre dir="ltr" tabindex="0" role="group" aria-label="${program.name}, ${title}">${text}</pre>
      </div>`,
    )}
    ${program.trial &&
    (mayTalk.value || isReading) &&
    html`<details class="trial" onToggle=${(/** @type {any} */ event) => setTrying(event.currentTarget.open)}>
      <summary>Try it</summary>
      ${isTrying && html`<${Trial} program=${program} where=${where} isReading=${isReading} />`}
    </details>`}
  </section>`;
}

/** @param {{program: import('./programs.js').Program, where: Where, isReading: boolean}} props */
function Trial({ program, where, isReading }) {
  const [said, setSaid] = useState('Hello from the portal.');
  const [told, setTold] = useState(/** @type {{request: string, isGood: boolean, text: string, whole: string} | null} */ (null));
  const send = async () => {
    const trial = /** @type {NonNullable<typeof program.trial>} */ (program.trial)(where, said);
    setTold(await tried(trial, where));
  };
  return html`<${Form} submit="Send it" onSubmit=${send} disabled=${!said.trim()}>
      ${isReading
        ? html`<p class="hint">Asks for the list of tools, as the program does first.</p>`
        : html`<${TextField} label="What the agent shall hear" value=${said} onInput=${setSaid} hint="${where.agent} hears it, answers, and remembers it." />`}
      <p class="hint">${where.key ? 'It is sent with the key in the lines.' : 'It is sent with your session, since there is no key in the lines yet.'}</p>
    <//>
    ${told &&
    html`<div class="note ${told.isGood ? '' : 'note-bad'}" role="status">
      <p class="mono small">${told.request}</p>
      <p class="said" dir="auto">${told.text}</p>
      <details><summary>The whole answer</summary><pre dir="ltr">${told.whole}</pre></details>
    </div>`}`;
}

/**
 * Send a request with the key, or with the session where there is none.
 * @param {import('./programs.js').Trial} trial
 * @param {Where} where
 */
async function tried(trial, where) {
  const address = `${where.server}/${trial.path}`;
  /** @type {Record<string, string>} */
  const headers = { 'Content-Type': 'application/json', Accept: 'application/json, text/event-stream' };
  if (where.key) headers.Authorization = `Bearer ${where.key}`;
  let answer;
  try {
    answer = await fetch(address, { method: 'POST', headers, body: JSON.stringify(trial.body), credentials: where.key ? 'omit' : 'same-origin' });
  } catch {
    return { request: `POST ${address}`, isGood: false, text: 'The server does not answer. Look whether it runs, then try again.', whole: '' };
  }
  const text = await answer.text();
  const found = parsed(text);
  const request = `POST ${address}: ${answer.status} ${answer.statusText}`;
  const whole = found ? JSON.stringify(found, null, 2) : text;
  try {
    if (answer.ok) return { request, isGood: true, text: trial.read(found), whole };
  } catch {
    // an answer of another form is shown as it is
  }
  const why = found?.error?.message ?? found?.detail ?? found?.error ?? text;
  return { request, isGood: false, text: typeof why === 'string' ? why : JSON.stringify(why), whole };
}

/** Return the JSON of an answer, which may be an event of a stream. @param {string} text */
function parsed(text) {
  const data = /^data: ?(.*)$/m.exec(text)?.[1];
  try {
    return JSON.parse(text.trimStart().startsWith('{') ? text : (data ?? text));
  } catch {
    return null;
  }
}

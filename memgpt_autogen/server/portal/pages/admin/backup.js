// A backup of the whole home, as one file that is downloaded.

import { html, useEffect, useRef, useState } from '../../core/html.js';
import { ask } from '../../core/api.js';
import { fileSize } from '../../core/format.js';
import { asProblem } from '../../core/loading.js';
import { Button, Problem } from '../../parts/controls.js';
import { Progress } from '../../parts/states.js';

/** @typedef {{isMade: boolean, done: number, whole: number | null}} Loading */

export function Backup() {
  const [loading, setLoading] = useState(/** @type {Loading | null} */ (null));
  const [ended, setEnded] = useState('');
  const [problem, setProblem] = useState(/** @type {import('../../core/api.js').ApiProblem | null} */ (null));
  const stop = useRef(/** @type {AbortController | null} */ (null));
  useEffect(() => () => stop.current?.abort(), []);
  const make = async () => {
    const mine = (stop.current = new AbortController());
    setProblem(null);
    setEnded('');
    setLoading({ isMade: false, done: 0, whole: null });
    try {
      const file = await received(await ask('POST', 'backup', { signal: mine.signal }), setLoading);
      const name = `memgpt-${new Date().toISOString().slice(0, 16).replaceAll(':', '-')}.backup`;
      save(file, name);
      setEnded(`${name}, ${fileSize(file.size)}`);
    } catch (error) {
      if (!mine.signal.aborted) setProblem(asProblem(error));
    } finally {
      setLoading(null);
    }
  };
  return html`
    <p>The whole home as one file: all users, agents, logs, archives and documents. It is made while the agents work. It has the words of all users, so keep it private; secrets of the settings are not in it.</p>
    <p><code>memgpt-autogen restore FILE</code> makes a home of it, on this machine or another one.</p>
    ${problem && html`<${Problem} problem=${problem} />`}
    ${loading
      ? html`<${Progress} label=${loading.isMade ? `Downloading: ${fileSize(loading.done)}${loading.whole ? ` of ${fileSize(loading.whole)}` : ''}` : 'The server makes the backup …'} done=${loading.done} whole=${loading.whole} />
          <p><${Button} onClick=${() => stop.current?.abort()}>Stop<//></p>`
      : html`<p><${Button} kind="primary" onClick=${() => void make()}>Make a backup, and download it<//></p>`}
    <p role="status">${ended && `Downloaded: ${ended}`}</p>
  `;
}

/**
 * @param {Response} answer
 * @param {(loading: Loading) => void} tell
 */
async function received(answer, tell) {
  const whole = Number(answer.headers.get('Content-Length')) || null;
  const reader = /** @type {ReadableStream<Uint8Array<ArrayBuffer>>} */ (answer.body).getReader();
  const parts = [];
  let done = 0;
  for (;;) {
    const { value, done: isEnd } = await reader.read();
    if (isEnd) return new Blob(parts, { type: 'application/zip' });
    parts.push(value);
    done += value.byteLength;
    tell({ isMade: true, done, whole });
  }
}

/** @param {Blob} file @param {string} name */
function save(file, name) {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

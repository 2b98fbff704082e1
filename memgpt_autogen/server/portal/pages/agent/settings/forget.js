// What an agent shall forget for good: first a report of what that would be, then the act and its report.

import { html, useRef, useState } from '../../../core/html.js';
import { path, send } from '../../../core/api.js';
import { count, counted, exactTime } from '../../../core/format.js';
import { mayWrite } from '../../../core/session.js';
import { Button, CheckField, Form, SelectField, TextField } from '../../../parts/controls.js';
import { confirm } from '../../../parts/dialogs.js';
import { Diff } from '../../../parts/diff.js';
import { notify } from '../../../parts/notices.js';
import { When } from '../../../parts/states.js';

/** @typedef {import('../../../core/api.js').Schemas['ForgetAnswer']} Forgotten */

// how many of the texts the first report shows
const TEXTS = 50;

const EMPTY = { query: '', speaker: '', source: '', start: '', end: '', blocks: '', shared: false, alike: false };

/** @param {import('../../agent.js').PartProps} props */
export function Forget({ agent, reload }) {
  const [asked, setAsked] = useState(EMPTY);
  const [report, setReport] = useState(/** @type {Forgotten | null} */ (null));
  const place = useRef(/** @type {HTMLElement | null} */ (null));
  if (!mayWrite.value) return html`<p class="muted">Your key may not change agents, so it cannot let them forget.</p>`;

  const set = (/** @type {keyof typeof EMPTY} */ name) => (/** @type {any} */ value) => {
    setAsked((before) => ({ ...before, [name]: value }));
    setReport((before) => (before?.dry_run ? null : before));
  };
  const isEmpty = !['query', 'speaker', 'source', 'start', 'end'].some((name) => String(asked[/** @type {keyof typeof EMPTY} */ (name)]).trim());
  const ask = async (/** @type {boolean} */ dryRun) => {
    setReport(await send('POST', path`agents/${agent.id}/forget`, { ...bodyOf(asked), dry_run: dryRun, ...(dryRun ? { texts: TEXTS } : {}) }));
    place.current?.focus();
  };
  const act = async () => {
    const text = html`<p>The words are deleted from the log, the summaries, archival memory, searches and files. Nothing brings them back: no undo, and no moment of the past.</p>`;
    if (!(await confirm({ title: 'Forget this for good?', text, action: 'Forget it', isDangerous: true }))) return;
    await ask(false);
    notify(`${agent.name} has forgotten it.`);
    setAsked(EMPTY);
    await reload();
  };

  return html`
    <section class="card">
      <h2>What ${agent.name} shall forget</h2>
      <p class="muted">All conditions that you give must hold. Nothing is deleted before you have seen what it would be.</p>
      <${Form} submit="Show what would go" onSubmit=${() => ask(true)} disabled=${isEmpty}>
        <div class="columns">
          <${TextField} label="Exactly these words" value=${asked.query} onInput=${set('query')} hint="As whole words, whoever said them." />
          <${TextField} label="Said by" value=${asked.speaker} onInput=${set('speaker')} hint="The name of a speaker." />
          <${TextField} label="From the document" value=${asked.source} onInput=${set('source')} hint="The name of a source; passages have one, messages have none." />
          <${TextField} label="From" type="datetime-local" value=${asked.start} onInput=${set('start')} hint="In the time of your device." />
          <${TextField} label="Until" type="datetime-local" value=${asked.end} onInput=${set('end')} />
          <${SelectField} label="Blocks of core memory" value=${asked.blocks} onInput=${set('blocks')} options=${[['', 'Cut it out if words are given'], ['true', 'Cut it out'], ['false', 'Leave them as they are']]} />
        </div>
        <${CheckField} label="Also from shared blocks and a shared archive" checked=${asked.shared} onInput=${set('shared')} hint="Other agents have them, too." />
        <${CheckField} label="Also what is only alike" checked=${asked.alike} onInput=${set('alike')} hint="Such as Jose for José." />
      <//>
    </section>
    <section class="stack" tabindex="-1" ref=${place} aria-live="polite" aria-label="Report">
      ${report && html`<${ForgetReport} agent=${agent.name} report=${report} />`}
      ${report?.dry_run && totalOf(report) > 0 && html`<div class="row row-end"><${Button} kind="danger" onClick=${act}>Forget it for good<//></div>`}
    </section>
  `;
}

/** @param {typeof EMPTY} asked */
function bodyOf(asked) {
  const { shared, alike } = asked;
  const texts = Object.fromEntries(['query', 'speaker', 'source'].map((name) => [name, asked[/** @type {'query'} */ (name)].trim() || null]));
  const times = Object.fromEntries(['start', 'end'].map((name) => [name, asked[/** @type {'start'} */ (name)] ? new Date(asked[/** @type {'start'} */ (name)]).toISOString() : null]));
  return { ...texts, ...times, shared, alike, blocks: asked.blocks === '' ? null : asked.blocks === 'true' };
}

/** @param {Record<string, number>} counts */
const sum = (counts) => Object.values(counts).reduce((all, each) => all + each, 0);

/** @param {Record<string, number>} counts */
const listed = (counts) => Object.entries(counts).map(([name, number]) => `${name} (${count(number)})`).join(', ');

/** How much there is to forget. @param {Forgotten} report */
export const totalOf = (report) =>
  report.entries + report.passages + report.summaries + report.blocks_changed.length + sum(report.redacted) + (report.runs ?? 0) + (report.acts_changed ?? 0) + (report.paths_changed ?? 0);

/**
 * Return the rows of the report: each place with a number and more about it.
 * @param {Forgotten} report
 * @returns {[string, number, string][]}
 */
function rowsOf(report) {
  /** @type {[string, number, string][]} */
  const rows = [
    ['Messages', report.messages, listed(report.speakers)],
    ['Entries of the log', report.entries, report.first && report.last ? `${exactTime(report.first)} to ${exactTime(report.last)}` : ''],
    ['Other entries that lose a quote', sum(report.redacted), listed(report.redacted)],
    ['Passages', report.passages, ''],
    ['Blocks that lose sentences', report.blocks_changed.length, report.blocks_changed.join(', ')],
    ['Summaries written again', report.summaries, ''],
    ['Runs and jobs of the server', report.runs ?? 0, ''],
    ['Entries of the audit', report.acts_changed ?? 0, ''],
    ['Paths of documents', report.paths_changed ?? 0, ''],
  ];
  return rows.filter(([, number]) => number > 0);
}

/**
 * What stays, and why.
 * @param {Forgotten} report
 * @returns {string[]}
 */
function leftOf(report) {
  const left = [];
  if (report.known_names) left.push(`Nobody, or no document, has this name. There are: ${report.known_names.slice(0, 20).join(', ') || 'none'}.`);
  if (report.blocks_left.length) left.push(`Blocks that still have some of it: ${report.blocks_left.join(', ')}. Choose «Cut it out», or edit them in its memory.`);
  if (report.passages_left) left.push(`${counted(report.passages_left, 'passage')} of a shared archive, which other agents read, too.`);
  if (sum(report.archives_left)) left.push(`Passages of attached archives: ${listed(report.archives_left)}.`);
  if (sum(report.alike_left)) left.push(`What is only alike: ${listed(report.alike_left)}.`);
  if (sum(report.names_left)) left.push(`Names, which stay: ${listed(report.names_left)}.`);
  if (report.paths_left) left.push(`Paths of ${counted(report.paths_left, 'document')}, since the archive has another embedding model.`);
  if (sum(report.heard_by)) left.push(`Other agents that have it, too, and must forget it themselves: ${listed(report.heard_by)}.`);
  if (!report.dry_run && !report.scrubbed) left.push('The files of the database may still have traces, since another process has it open. Forget it again when no other one uses it.');
  return left;
}

/** @param {{agent: string, report: Forgotten}} props */
export function ForgetReport({ agent, report }) {
  const rows = rowsOf(report);
  const left = leftOf(report);
  const texts = report.texts ?? [];
  const title = report.dry_run ? (rows.length ? 'This would be forgotten' : 'There is nothing to forget') : 'This was forgotten';
  return html`<div class="card stack">
    <div class="row row-between">
      <h2>${title}</h2>
      ${!report.dry_run && html`<${Button} onClick=${() => download(agent, report, title, rows, left)}>Download the report<//>`}
    </div>
    ${rows.length > 0 &&
    html`<div class="table-frame"><table>
      <thead><tr><th scope="col">Place</th><th scope="col" class="number">How many</th><th scope="col">Which</th></tr></thead>
      <tbody>${rows.map(([name, number, which]) => html`<tr key=${name}><td>${name}</td><td class="number">${count(number)}</td><td dir="auto">${which}</td></tr>`)}</tbody>
    </table></div>`}
    ${left.length > 0 && html`<div><h3>What stays</h3><ul>${left.map((text) => html`<li dir="auto">${text}</li>`)}</ul></div>`}
    ${texts.length > 0 &&
    html`<details open>
      <summary>The first ${counted(texts.length, 'text')}</summary>
      <ul class="settings-list">
        ${texts.map(
          (text) => html`<li>
            <span class="muted small">${text.what} <bdi>${text.name ?? ''}</bdi> ${text.time && html`<${When} time=${text.time} />`}</span>
            ${text.after === null ? html`<p class="settings-text" dir="auto"><del>${text.before}</del></p>` : html`<${Diff} before=${text.before} after=${text.after} />`}
          </li>`,
        )}
      </ul>
    </details>`}
  </div>`;
}

/**
 * Give the person the report as a file. It has no word of what was forgotten.
 * @param {string} agent
 * @param {Forgotten} report
 * @param {string} title
 * @param {[string, number, string][]} rows
 * @param {string[]} left
 */
function download(agent, report, title, rows, left) {
  const time = new Date().toISOString();
  const lines = [`${title}: ${agent}, ${time}`, '', ...rows.map(([name, number, which]) => `${name}: ${number}${which && ` (${which})`}`)];
  if (left.length) lines.push('', 'What stays:', ...left.map((text) => `- ${text}`));
  lines.push('', JSON.stringify(report, null, 2), '');
  const address = URL.createObjectURL(new Blob([lines.join('\n')], { type: 'text/plain' }));
  const link = document.createElement('a');
  link.href = address;
  link.download = `forgotten-${agent}-${time.slice(0, 10)}.txt`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

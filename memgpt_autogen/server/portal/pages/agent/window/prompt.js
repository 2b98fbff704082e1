// A prompt of an agent: as a bar, as a list of its sections with their exact texts, and as a request.

import { html, useId, useMemo } from '../../../core/html.js';
import { count, counted, percent } from '../../../core/format.js';
import { CopyButton } from '../../../parts/controls.js';
import { Fold } from '../../../parts/fold.js';

/** @typedef {import('../window.js').Window} Window */

/** What the sections are called. @type {Record<string, string>} */
const NAMES = { system: 'Instructions', core_memory: 'Core memory', tools: 'Tools', summary: 'Summary', queue: 'Queue' };

/** The number of the colour of each section. @type {Record<string, number>} */
const COLOURS = { system: 1, core_memory: 2, tools: 3, summary: 4, queue: 5 };

/** The width of the drawing; heights are in the same unit. */
const WIDTH = 1000;

/** @param {{window: Window}} props */
export function Bar({ window }) {
  const id = useId();
  const whole = Math.max(window.window_tokens, window.prompt_tokens, 1);
  const across = (/** @type {number} */ tokens) => (WIDTH * tokens) / whole;
  let start = 0;
  const parts = window.sections.map((section) => {
    const part = { ...section, x: across(start), width: across(section.tokens) };
    start += section.tokens;
    return part;
  });
  return html`<figure class="window-figure">
    <svg class="window-bar" viewBox="0 0 ${WIDTH} 44" preserveAspectRatio="none" role="img" aria-labelledby="${id}-title ${id}-text">
      <title id="${id}-title">The window by section</title>
      <desc id="${id}-text">${said(window)}</desc>
      <rect class="window-free" x="0" y="6" width=${WIDTH} height="32" />
      <rect class="window-reserve" x=${across(window.window_tokens - window.reserve_tokens)} y="6" width=${across(window.reserve_tokens)} height="32" />
      ${parts.map(
        (part) => html`<rect key=${part.name} class="part-${COLOURS[part.name]}" data-tokens=${part.tokens} x=${part.x} y="6" width=${part.width} height="32">
          <title>${NAMES[part.name]}: ${count(part.tokens)} tokens</title>
        </rect>`,
      )}
      ${marks(window).map(({ name, tokens }) => html`<line key=${name} class="window-mark window-mark-${name}" x1=${across(tokens)} x2=${across(tokens)} y1="0" y2="44" />`)}
    </svg>
    <figcaption class="small muted row">
      ${marks(window).map(({ name, tokens, text }) => html`<span key=${name}><span class="window-key window-key-${name}" aria-hidden="true"></span> ${count(tokens)}: ${text}</span>`)}
      <span><span class="window-key window-key-reserve" aria-hidden="true"></span> ${count(window.reserve_tokens)} are kept free for the answer</span>
    </figcaption>
  </figure>`;
}

/** @param {Window} window */
function marks(window) {
  const found = [];
  if (window.warn_tokens !== null) found.push({ name: 'warn', tokens: window.warn_tokens, text: 'from here on the agent is warned' });
  if (window.limit_tokens !== null) found.push({ name: 'limit', tokens: window.limit_tokens, text: 'from here on messages are evicted' });
  return found;
}

/** @param {Window} window */
function said(window) {
  const sections = window.sections.map((section) => `${NAMES[section.name]} ${count(section.tokens)}`);
  const free = Math.max(window.window_tokens - window.prompt_tokens, 0);
  const thresholds = marks(window).map(({ tokens, text }) => `${count(tokens)}: ${text}`);
  return `Tokens: ${[...sections, `free ${count(free)}`].join(', ')}, of ${count(window.window_tokens)}. ${thresholds.join('. ')}.`;
}

/** What is in each section. @type {Record<string, string>} */
const ABOUT = {
  system: 'how to act, and what is outside of the window',
  core_memory: 'the blocks, which are always there',
  tools: 'the functions that the model is offered',
  summary: 'what stands for the messages that were evicted',
  queue: 'the newest messages, calls and results',
};

/** @param {{window: Window}} props */
export function Sections({ window }) {
  const free = Math.max(window.window_tokens - window.prompt_tokens, 0);
  return html`<ul class="window-sections" aria-label="Sections">
    ${window.sections.map(
      (section) => html`<li key=${section.name}>
        <${Fold} summary=${html`<${Head} name=${section.name} tokens=${section.tokens} window=${window} />`}>${() => html`<${Text} section=${section} />`}<//>
      </li>`,
    )}
    <li class="window-row-free"><${Row} section="free" colour="free" name="Free" about="${count(Math.min(free, window.reserve_tokens))} of them for the answer" tokens=${free} window=${window} /></li>
  </ul>`;
}

/** @param {{name: string, tokens: number, window: Window}} props */
function Head({ name, tokens, window }) {
  const about = name === 'queue' ? `${counted(window.queue_messages, 'message')}: ${ABOUT.queue}` : name === 'summary' ? `${ABOUT.summary}, in ${counted(window.evictions, 'eviction')}` : ABOUT[name];
  return html`<${Row} section=${name} colour=${COLOURS[name]} name=${NAMES[name]} about=${about} tokens=${tokens} window=${window} />`;
}

/** @param {{section: string, colour: string | number, name: string, about: string, tokens: number, window: Window}} props */
function Row({ section, colour, name, about, tokens, window }) {
  return html`<span class="window-row">
    <span class="window-key part-${colour}" aria-hidden="true"></span>
    <span class="window-name"><strong>${name}</strong> <span class="small muted">${about}</span></span>
    <span class="number" data-section=${section}>${count(tokens)}<span class="visually-hidden"> tokens</span></span>
    <span class="number muted window-share">${percent(tokens, window.window_tokens)}</span>
  </span>`;
}

/** @param {{section: Window['sections'][number]}} props */
function Text({ section }) {
  if (!section.text) return html`<p class="muted window-text">Nothing: ${section.name === 'summary' ? 'no message was evicted yet' : 'this section is empty'}.</p>`;
  return html`<div class="window-text">
    <div class="row row-end"><${CopyButton} text=${section.text} label="Copy the text of ${NAMES[section.name]}" /></div>
    <pre dir="auto" tabindex="0" aria-label="Text of ${NAMES[section.name]}">${section.text}</pre>
  </div>`;
}

/** @typedef {{role: string, name?: string, content?: unknown, tool_calls?: {id: string, function: {name: string, arguments: string}}[], tool_call_id?: string}} WireMessage */

/** @param {{window: Window, isPast: boolean}} props */
export function Request({ window, isPast }) {
  const messages = /** @type {WireMessage[]} */ (window.request.messages ?? []);
  const tools = /** @type {unknown[]} */ (window.request.tools ?? []);
  return html`<section class="card stack" aria-labelledby="window-request">
    <h2 id="window-request">${isPast ? 'The request of that time' : 'The next request'}</h2>
    <p class="muted">
      To the model <code>${String(window.request.model ?? '')}</code>: ${counted(messages.length, 'message')} and ${counted(tools.length, 'tool')}.
      ${isPast ? '' : ' What the agent hears next comes after these messages. If that makes the prompt too large, the agent is warned or messages are evicted first.'}
    </p>
    <${Fold} summary="The exact prompt as text">${() => html`<${Prompt} messages=${messages} />`}<//>
    <${Fold} summary="The request as JSON">${() => html`<${Body} request=${window.request} />`}<//>
  </section>`;
}

/** @param {{messages: WireMessage[]}} props */
function Prompt({ messages }) {
  return html`<div class="window-text">
    <div class="row row-end"><${CopyButton} text=${messages.map(asText).join('\n\n')} label="Copy the prompt as text" /></div>
    <ol class="window-messages" tabindex="0" aria-label="Messages of the prompt">
      ${messages.map(
        (message, place) => html`<li key=${place}>
          <p class="small muted">${message.role}${message.name && html` <span dir="auto">${message.name}</span>`}</p>
          <pre dir="auto">${bodyOf(message)}</pre>
        </li>`,
      )}
    </ol>
  </div>`;
}

/** @param {{request: Window['request']}} props */
function Body({ request }) {
  const text = useMemo(() => JSON.stringify(request, null, 2), [request]);
  return html`<div class="window-text">
    <div class="row row-end"><${CopyButton} text=${text} label="Copy the request as JSON" /></div>
    <pre tabindex="0" aria-label="The request as JSON" class="window-json">${text}</pre>
  </div>`;
}

/** @param {WireMessage} message */
function asText(message) {
  return `[${[message.role, message.name].filter(Boolean).join(' ')}]\n${bodyOf(message)}`;
}

/** @param {WireMessage} message */
function bodyOf(message) {
  const content = message.content ?? '';
  const said = typeof content === 'string' ? content : JSON.stringify(content);
  const calls = (message.tool_calls ?? []).map((call) => `→ ${call.function.name}(${call.function.arguments})`);
  return [said, ...calls].filter(Boolean).join('\n');
}

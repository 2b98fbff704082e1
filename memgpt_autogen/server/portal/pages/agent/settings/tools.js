// The functions that an agent's model is offered, and a test run of one.

import { html, useState } from '../../../core/html.js';
import { ApiProblem, get, path, send } from '../../../core/api.js';
import { counted } from '../../../core/format.js';
import { useLoaded } from '../../../core/loading.js';
import { mayWrite } from '../../../core/session.js';
import { Form, SelectField, TextField } from '../../../parts/controls.js';
import { Badge, Empty, Loading } from '../../../parts/states.js';

/** @typedef {import('../../../core/api.js').Schemas['ToolAnswer']} Tool */
/** @typedef {import('../../../core/api.js').Schemas['HomeToolAnswer']} HomeTool */

const ORIGINS = { built_in: 'built in', operator: "the server's own", mcp: 'MCP server' };

/** @param {import('../../agent.js').PartProps} props */
export function Tools({ agent }) {
  const [search, setSearch] = useState('');
  const loaded = useLoaded(
    async (signal) => {
      const [own, home] = await Promise.all([get(path`agents/${agent.id}/tools`, {}, signal), get('tools', { limit: 200 }, signal)]);
      return { tools: own.items, known: new Map(home.items.map((/** @type {HomeTool} */ each) => [each.name, each])) };
    },
    [agent.id],
  );
  return html`
    <p class="muted">Every agent of this home has the built-in functions and those of the server. The admin adds MCP servers; in a run, a program can bring functions of its own.</p>
    <${Loading} of=${loaded} what="the functions">
      ${(/** @type {{tools: Tool[], known: Map<string, HomeTool>}} */ { tools, known }) => {
        const words = search.trim().toLowerCase();
        const found = tools.filter((tool) => `${tool.name} ${tool.description}`.toLowerCase().includes(words));
        return html`
          <${TextField} label="Filter ${counted(tools.length, 'function')}" type="search" value=${search} onInput=${setSearch} />
          ${found.length === 0 && html`<${Empty} title="No function has these words.">Clear the filter to see all of them.<//>`}
          <ul class="settings-tools">
            ${found.map((tool) => html`<li key=${tool.name}><${OneTool} agent=${agent.id} tool=${tool} home=${known.get(tool.name)} /></li>`)}
          </ul>
        `;
      }}
    <//>
  `;
}

/** @param {{agent: string, tool: Tool, home: HomeTool | undefined}} props */
function OneTool({ agent, tool, home }) {
  const [isOpen, setOpen] = useState(false);
  return html`<details class="card" onToggle=${(/** @type {any} */ event) => setOpen(event.currentTarget.open)}>
    <summary>
      <code>${tool.name}</code>
      ${home && html` <${Badge}>${ORIGINS[home.origin]}${home.server ? `: ${home.server}` : ''}<//>`}
      ${home && home.approval !== 'never' && html` <${Badge} kind="warn">${home.approval === 'always' ? 'must be allowed' : 'must sometimes be allowed'}<//>`}
      <span class="settings-about" dir="auto">${tool.description}</span>
    </summary>
    ${isOpen && (mayWrite.value ? html`<${ToolTrial} agent=${agent} tool=${tool} />` : html`<pre>${JSON.stringify(tool.parameters, null, 2)}</pre>`)}
  </details>`;
}

/** @typedef {{type?: string | string[], enum?: unknown[], anyOf?: Schema[], default?: unknown, description?: string, title?: string}} Schema */
/** @typedef {{name: string, kind: 'text' | 'number' | 'yes' | 'choice' | 'json', schema: Schema, isNeeded: boolean}} Field */
/** @typedef {import('../../../core/api.js').Schemas['ToolRunAnswer']} Result */

// what belongs to a turn, which a test run is not
const OF_A_TURN = ['inner_thoughts', 'request_heartbeat'];

/**
 * Return the fields of a function's arguments.
 * @param {any} parameters A JSON schema.
 * @returns {Field[]}
 */
export function fieldsOf(parameters) {
  const needed = parameters.required ?? [];
  return Object.entries(/** @type {Record<string, Schema>} */ (parameters.properties ?? {}))
    .filter(([name]) => !OF_A_TURN.includes(name))
    .map(([name, schema]) => ({ name, kind: kindOf(schema), schema, isNeeded: needed.includes(name) }));
}

/** @param {Schema} schema @returns {Field['kind']} */
function kindOf(schema) {
  if (schema.enum) return 'choice';
  const types = [schema.type ?? schema.anyOf?.map((each) => each.type) ?? []].flat(2).filter((type) => type !== 'null');
  if (types.length !== 1) return 'json';
  const kinds = /** @type {Record<string, Field['kind']>} */ ({ string: 'text', integer: 'number', number: 'number', boolean: 'yes' });
  return kinds[types[0] ?? ''] ?? 'json';
}

/** @param {{agent: string, tool: {name: string, parameters: any}}} props */
export function ToolTrial({ agent, tool }) {
  const fields = fieldsOf(tool.parameters);
  const [values, setValues] = useState(() => Object.fromEntries(fields.map((field) => [field.name, firstValue(field)])));
  const [result, setResult] = useState(/** @type {Result | null} */ (null));
  const run = async () => {
    setResult(null);
    const given = fields.map((field) => [field.name, valueOf(field, values[field.name])]).filter(([, value]) => value !== undefined);
    setResult(await send('POST', path`agents/${agent}/tools/${tool.name}/run`, { arguments: Object.fromEntries(given) }));
  };
  return html`<div class="stack settings-trial">
    <${Form} submit="Test run" onSubmit=${run}>
      <p class="muted small">It runs as the agent's model would run it, between two turns: what it changes is changed. The log does not have the call.</p>
      ${fields.map((field) => html`<${ArgumentField} key=${field.name} field=${field} value=${values[field.name]} onInput=${(/** @type {any} */ value) => setValues((before) => ({ ...before, [field.name]: value }))} />`)}
      ${fields.length === 0 && html`<p>It takes no arguments.</p>`}
    <//>
    <div aria-live="polite">
      ${result &&
      html`<p>${result.ok ? html`<${Badge} kind="good">returned<//>` : html`<${Badge} kind="bad">failed<//>`}</p>
        <pre dir="auto">${result.text || '(nothing)'}</pre>`}
    </div>
  </div>`;
}

/** @param {{field: Field, value: any, onInput: (value: any) => void}} props */
function ArgumentField({ field, value, onInput }) {
  const { name, kind, schema, isNeeded } = field;
  const label = isNeeded ? name : `${name} (optional)`;
  const about = schema.description ?? '';
  const hint = [about && !/[.!?]$/.test(about) ? `${about}.` : about, kind === 'json' ? 'As JSON.' : '', schema.default === undefined ? '' : `Without it: ${JSON.stringify(schema.default)}.`].filter(Boolean).join(' ');
  if (kind === 'yes') return html`<${SelectField} label=${label} value=${value} onInput=${onInput} hint=${hint} options=${[['', '—'], ['true', 'yes'], ['false', 'no']]} />`;
  if (kind === 'choice') {
    const choices = (schema.enum ?? []).map((each) => /** @type {[string, string]} */ ([JSON.stringify(each), String(each)]));
    return html`<${SelectField} label=${label} value=${value} onInput=${onInput} hint=${hint} options=${[['', '—'], ...choices]} />`;
  }
  if (kind === 'number') return html`<${TextField} label=${label} type="number" value=${value} onInput=${onInput} hint=${hint} required=${isNeeded} rest=${{ step: schema.type === 'integer' ? '1' : 'any' }} />`;
  return html`<${TextField} label=${label} rows=${kind === 'json' ? 3 : 2} value=${value} onInput=${onInput} hint=${hint} />`;
}

/** @param {Field} field */
function firstValue({ kind, schema, isNeeded }) {
  if (kind === 'choice' && isNeeded) return JSON.stringify(schema.enum?.[0]);
  return '';
}

/**
 * Return the value of an argument; undefined leaves it out.
 * @param {Field} field
 * @param {string} typed
 */
function valueOf({ name, kind, isNeeded }, typed) {
  if (typed === '' && !(isNeeded && kind === 'text')) return undefined;
  if (kind === 'text') return typed;
  try {
    return JSON.parse(typed);
  } catch {
    throw new ApiProblem(0, `${name} is no JSON. Write for example ["a", "b"] or {"key": 1}.`);
  }
}

// What people press and fill in.

import { html, useEffect, useId, useRef, useState } from '../core/html.js';
import { asProblem } from '../core/loading.js';
import { notify, notifyProblem } from './notices.js';

/**
 * A button. If `onClick` returns a promise, the button is busy until that ends, and an error becomes a notice.
 * @param {object} props
 * @param {any} props.children
 * @param {(event: Event) => unknown} [props.onClick]
 * @param {'plain' | 'primary' | 'danger' | 'quiet'} [props.kind]
 * @param {'button' | 'submit'} [props.type]
 * @param {string} [props.label] What a screen reader says, where the text does not say it.
 * @param {boolean} [props.disabled]
 * @param {boolean} [props.busy]
 * @param {string} [props.title]
 * @param {Record<string, unknown>} [props.rest] Other attributes, as `aria-pressed`.
 */
export function Button({ children, onClick, kind = 'plain', type = 'button', label, disabled, busy, title, rest }) {
  const [isRunning, setRunning] = useState(false);
  const isBusy = busy || isRunning;
  const press = (/** @type {Event} */ event) => {
    const running = onClick?.(event);
    if (!(running instanceof Promise)) return;
    setRunning(true);
    running.catch(notifyProblem).finally(() => setRunning(false));
  };
  return html`<button
    type=${type}
    class="button button-${kind}"
    onClick=${press}
    disabled=${disabled || isBusy}
    aria-busy=${isBusy ? 'true' : undefined}
    aria-label=${label}
    title=${title ?? label}
    ...${rest}
  >
    ${isBusy && html`<span class="spinner" aria-hidden="true"></span>`}${children}
  </button>`;
}

/**
 * A form. While `onSubmit` runs it cannot be sent again; what the server refuses is said at its end.
 * @param {object} props
 * @param {any} props.children
 * @param {() => Promise<unknown>} props.onSubmit
 * @param {string} props.submit What the button says.
 * @param {any} [props.actions] Other buttons.
 * @param {boolean} [props.disabled]
 * @param {'primary' | 'danger'} [props.kind]
 */
export function Form({ children, onSubmit, submit, actions, disabled, kind = 'primary' }) {
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState(/** @type {import('../core/api.js').ApiProblem | null} */ (null));
  const isThere = useRef(true);
  useEffect(() => () => void (isThere.current = false), []);
  const submitted = async (/** @type {Event} */ event) => {
    event.preventDefault();
    if (isBusy) return;
    setBusy(true);
    setProblem(null);
    try {
      await onSubmit();
    } catch (error) {
      if (isThere.current) setProblem(asProblem(error));
    } finally {
      if (isThere.current) setBusy(false);
    }
  };
  return html`<form class="form" onSubmit=${submitted}>
    ${children}
    ${problem && html`<${Problem} problem=${problem} />`}
    <div class="row row-end">
      ${actions}
      <${Button} type="submit" kind=${kind} busy=${isBusy} disabled=${disabled}>${submit}<//>
    </div>
  </form>`;
}

/**
 * A field with its label.
 * @param {object} props
 * @param {string} props.label
 * @param {string} props.value
 * @param {(value: string) => void} props.onInput
 * @param {string} [props.hint]
 * @param {string} [props.type]
 * @param {number} [props.rows] Several lines, in place of one.
 * @param {boolean} [props.required]
 * @param {boolean} [props.hideLabel] Only a screen reader says the label.
 * @param {Record<string, unknown>} [props.rest] Other attributes, as `placeholder`, `maxlength`, `autocomplete`.
 */
export function TextField({ label, value, onInput, hint, type = 'text', rows, required, hideLabel, rest }) {
  const id = useId();
  const given = {
    id,
    value,
    required,
    onInput: (/** @type {any} */ event) => onInput(event.target.value),
    'aria-describedby': hint ? `${id}-hint` : undefined,
    dir: 'auto',
    ...rest,
  };
  return html`<div class="field">
    <label for=${id} class=${hideLabel ? 'visually-hidden' : ''}>${label}</label>
    ${rows ? html`<textarea rows=${rows} ...${given}></textarea>` : html`<input type=${type} ...${given} />`}
    ${hint && html`<p class="hint" id="${id}-hint">${hint}</p>`}
  </div>`;
}

/**
 * A choice of one of several.
 * @param {object} props
 * @param {string} props.label
 * @param {string} props.value
 * @param {(string | [string, string])[]} props.options Values, or values with what they are called.
 * @param {(value: string) => void} props.onInput
 * @param {string} [props.hint]
 * @param {boolean} [props.hideLabel]
 */
export function SelectField({ label, value, options, onInput, hint, hideLabel }) {
  const id = useId();
  return html`<div class="field">
    <label for=${id} class=${hideLabel ? 'visually-hidden' : ''}>${label}</label>
    <select
      id=${id}
      value=${value}
      onChange=${(/** @type {any} */ event) => onInput(event.target.value)}
      aria-describedby=${hint ? `${id}-hint` : undefined}
    >
      ${options.map((option) => {
        const [each, called] = typeof option === 'string' ? [option, option] : option;
        return html`<option key=${each} value=${each} selected=${each === value}>${called}</option>`;
      })}
    </select>
    ${hint && html`<p class="hint" id="${id}-hint">${hint}</p>`}
  </div>`;
}

/**
 * A choice of yes or no.
 * @param {object} props
 * @param {string} props.label
 * @param {boolean} props.checked
 * @param {(checked: boolean) => void} props.onInput
 * @param {string} [props.hint]
 * @param {boolean} [props.disabled]
 */
export function CheckField({ label, checked, onInput, hint, disabled }) {
  const id = useId();
  return html`<div class="field field-check">
    <input
      type="checkbox"
      id=${id}
      checked=${checked}
      disabled=${disabled}
      aria-describedby=${hint ? `${id}-hint` : undefined}
      onChange=${(/** @type {any} */ event) => onInput(event.target.checked)}
    />
    <label for=${id}>${label}</label>
    ${hint && html`<p class="hint" id="${id}-hint">${hint}</p>`}
  </div>`;
}

/**
 * A text that can be copied.
 * @param {object} props
 * @param {string} props.text
 * @param {string} [props.label] What is copied, for a screen reader.
 * @param {string} [props.shown] What the button says.
 */
export function CopyButton({ text, label = 'Copy', shown = 'Copy' }) {
  const copy = async () => {
    await writeToClipboard(text);
    notify('Copied.');
  };
  return html`<${Button} kind="quiet" label=${label} onClick=${copy}>${shown}<//>`;
}

/**
 * What went wrong, and what to do.
 * @param {object} props
 * @param {import('../core/api.js').ApiProblem} props.problem
 * @param {() => unknown} [props.onRetry]
 */
export function Problem({ problem, onRetry }) {
  const fields = problem.rest.errors ?? [];
  return html`<div class="note note-bad" role="alert">
    <p>${problem.message}</p>
    ${fields.length > 0 &&
    html`<ul>
      ${fields.map((/** @type {any} */ each) => html`<li>${[each.field ?? each.path ?? each.name, each.detail ?? each.message].filter(Boolean).join(': ')}</li>`)}
    </ul>`}
    ${onRetry && html`<${Button} onClick=${onRetry}>Try again<//>`}
  </div>`;
}

/** Browsers have a clipboard for scripts only with TLS, or on this machine. @param {string} text */
async function writeToClipboard(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const field = document.body.appendChild(document.createElement('textarea'));
  const before = /** @type {HTMLElement | null} */ (document.activeElement);
  field.value = text;
  field.select();
  const isCopied = document.execCommand('copy');
  field.remove();
  before?.focus();
  if (!isCopied) throw new Error('the browser refuses to copy');
}

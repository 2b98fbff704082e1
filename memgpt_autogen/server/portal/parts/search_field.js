// A field that searches while one types.

import { html, useEffect, useRef, useState } from '../core/html.js';
import { TextField } from './controls.js';

/** How long after a key the search begins, in milliseconds. */
const PAUSE = 200;

/**
 * @param {object} props
 * @param {string} props.label
 * @param {string} props.value What is searched now.
 * @param {(text: string) => void} props.onSearch
 */
export function SearchField({ label, value, onSearch }) {
  const [text, setText] = useState(value);
  const asked = useRef(value);
  useEffect(() => {
    if (text === asked.current) return undefined;
    const timer = setTimeout(() => onSearch((asked.current = text)), PAUSE);
    return () => clearTimeout(timer);
  }, [text]);
  useEffect(() => {
    // a search from elsewhere, as by «back»; one's own comes while one types on
    if (value !== asked.current) setText((asked.current = value));
  }, [value]);
  return html`<div class="grow">
    <${TextField} label=${label} hideLabel type="search" value=${text} onInput=${setText} rest=${{ placeholder: label, maxlength: 64, autocomplete: 'off' }} />
  </div>`;
}

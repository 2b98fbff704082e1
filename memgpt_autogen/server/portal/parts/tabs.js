// Links that are tabs: each is a place of its own, so that «back» and a bookmark work.

import { html } from '../core/html.js';

/**
 * @param {object} props
 * @param {string} props.label What the tabs are of.
 * @param {{link: string, text: string, isHere: boolean}[]} props.tabs
 */
export function Tabs({ label, tabs }) {
  return html`<nav class="tabs" aria-label=${label}>
    ${tabs.map((tab) => html`<a key=${tab.link} href=${tab.link} aria-current=${tab.isHere ? 'page' : undefined}>${tab.text}</a>`)}
  </nav>`;
}

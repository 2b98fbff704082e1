// The end of each page: which server this is, and where its paths are described.

import { html } from '../core/html.js';
import { useLoaded } from '../core/loading.js';

const HEALTH = new URL('health', document.baseURI);

export function Foot() {
  // where the server does not answer, the page says so
  const server = useLoaded(async (signal) => (await fetch(HEALTH, { signal }).catch(() => null))?.json(), []);
  return html`<footer class="foot small muted">
    <span>memgpt_autogen ${server.data?.version}</span>
    <a href=${new URL('docs', document.baseURI).href}>Paths of the API</a>
  </footer>`;
}

// Starts the portal.

import { html, render } from './core/html.js';
import './core/theme.js';
import { App } from './app.js';

const place = /** @type {HTMLElement} */ (document.getElementById('app'));
place.replaceChildren();
render(html`<${App} />`, place);

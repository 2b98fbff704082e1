// The page of an address that names none.

import { html } from '../core/html.js';
import { linkTo } from '../core/router.js';
import { Empty } from '../parts/states.js';

/** @param {{parts: string[]}} props */
export default function Nothing({ parts }) {
  return html`<h1>No such page</h1>
  <${Empty} title="There is no page ${parts.join('/')}.">
    <p><a href=${linkTo(['agents'])}>Go to the agents</a></p>
  <//>`;
}

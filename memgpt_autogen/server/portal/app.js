// The frame of all pages: who is logged in, where one can go, and the page that the address names.

import { html, useEffect, useRef, useState } from './core/html.js';
import { asset } from './core/assets.js';
import { isLoggedOut, isOffline } from './core/api.js';
import { asProblem, useEvery } from './core/loading.js';
import { linkTo, route } from './core/router.js';
import './core/scroll.js';
import { findMe, isAdmin, logOut, me } from './core/session.js';
import { chooseTheme, theme } from './core/theme.js';
import { pageTitle } from './core/title.js';
import { Notices } from './parts/notices.js';
import { Button, Problem } from './parts/controls.js';
import { Foot } from './parts/foot.js';
import { Lazy } from './parts/lazy.js';
import { Login, LoginAgain, logInByAddress } from './pages/login.js';
import { AREAS, pageFor } from './pages/pages.js';

/** @typedef {import('./core/api.js').ApiProblem} ApiProblem */

export function App() {
  const [problem, setProblem] = useState(/** @type {ApiProblem | null} */ (null));
  const start = async () => {
    setProblem(null);
    try {
      const refused = await logInByAddress();
      if (!me.value) await findMe();
      setProblem(me.value ? null : refused);
    } catch (error) {
      setProblem(asProblem(error));
    }
  };
  const isLink = route.value.parts[0] === 'login';
  useEffect(() => void start(), []);
  useEffect(() => {
    if (isLink && (me.value || isLoggedOut.value)) start();
  }, [isLink]);
  return html`
    <a class="skip" href="#content" onClick=${skip}>Skip to the content</a>
    ${isOffline.value && html`<${Offline} />`}
    ${me.value
      ? html`<${Frame} key=${me.value.user.id} />${isLoggedOut.value && html`<${LoginAgain} />`}`
      : isLoggedOut.value
        ? html`<${Login} problem=${problem} />`
        : problem && html`<main class="alone"><${Problem} problem=${problem} onRetry=${start} /></main>`}
    <${Notices} />
  `;
}

/** @param {Event} event */
function skip(event) {
  event.preventDefault();
  document.getElementById('content')?.focus();
}

/** Says that the server does not answer, and asks it until it does. */
function Offline() {
  useEvery(() => findMe().catch(() => {}), 3000);
  return html`<p class="offline" role="status">The server does not answer. This page goes on when it does.</p>`;
}

function Frame() {
  const [here = 'agents', thing] = route.value.parts;
  useFocusOnChange();
  return html`
    <header class="top">
      <a class="brand" href=${linkTo(['agents'])} aria-label="memgpt_autogen">
        <img src=${asset('icon.svg')} alt="" width="24" height="24" /> <span class="brand-name">memgpt_autogen</span>
      </a>
      <${Menu} here=${here} />
      <${Person} />
    </header>
    <p class="visually-hidden" aria-live="polite">${pageTitle.value}</p>
    <${Page} />
    ${!(here === 'agents' && thing) && html`<${Foot} />`}
  `;
}

/** Let a screen reader go on with the content when the page is another one. */
function useFocusOnChange() {
  const place = route.value.parts.slice(0, 2).join('/');
  const before = useRef(place);
  useEffect(() => {
    if (before.current !== place) document.getElementById('content')?.focus({ preventScroll: true });
    before.current = place;
  }, [place]);
}

/** @param {{here: string}} props */
function Menu({ here }) {
  const [isOpen, setOpen] = useState(false);
  const button = useRef(/** @type {HTMLDivElement | null} */ (null));
  useEffect(() => setOpen(false), [route.value]);
  const pressed = (/** @type {KeyboardEvent} */ event) => {
    if (event.key !== 'Escape' || !isOpen) return;
    setOpen(false);
    button.current?.querySelector('button')?.focus();
  };
  return html`
    <div ref=${button} class="menu-button" onKeyDown=${pressed}>
      <${Button} kind="quiet" label="Menu" onClick=${() => setOpen(!isOpen)} rest=${{ 'aria-expanded': String(isOpen), 'aria-controls': 'menu' }}>☰<//>
    </div>
    <nav id="menu" class="menu ${isOpen ? 'menu-open' : ''}" aria-label="Pages" onKeyDown=${pressed}>
      ${AREAS.filter((area) => !area.isForAdmin || isAdmin.value).map(
        (area) => html`<a key=${area.place} href=${linkTo([area.place])} aria-current=${here === area.place ? 'page' : undefined}>${area.text}</a>`,
      )}
    </nav>
  `;
}

function Person() {
  const themes = /** @type {const} */ (['', 'light', 'dark']);
  const names = { '': 'as the system', light: 'light', dark: 'dark' };
  const next = themes[(themes.indexOf(theme.value) + 1) % themes.length];
  return html`<div class="person">
    <${Button} kind="quiet" label="Colours: ${names[theme.value]}. Change to: ${names[next]}" onClick=${() => chooseTheme(next)}>${{ '': '◐', light: '☀', dark: '☾' }[theme.value]}<//>
    <span class="person-name" title="You are logged in as this user">${me.value?.user.name}</span>
    <${Button} kind="quiet" onClick=${logOut}>Log out<//>
  </div>`;
}

/** The page that the address names. */
function Page() {
  const { parts, query } = route.value;
  const wanted = pageFor(parts);
  return html`<main id="content" class="content ${wanted.isWide ? 'content-wide' : ''}" tabindex="-1" aria-label=${pageTitle.value}>
    <${Lazy} of=${wanted} load=${wanted.load} props=${{ ...wanted.props(parts), query }} />
  </main>`;
}

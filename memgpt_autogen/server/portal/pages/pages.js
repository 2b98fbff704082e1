// Which page is at which address, and which of them are in the menu.

import { loadStyle } from '../core/styles.js';

/**
 * @typedef {object} PageKind
 * @property {() => Promise<any>} load Returns the component of the page.
 * @property {(parts: string[]) => Record<string, unknown>} props What it gets of the address.
 * @property {boolean} [isWide] Whether it uses the whole width.
 */

/**
 * @param {() => Promise<any>} load
 * @param {string[]} styles
 * @returns {() => Promise<any>}
 */
const withStyles =
  (load, ...styles) =>
  async () => {
    const [module] = await Promise.all([load(), ...styles.map(loadStyle)]);
    return module.default;
  };

/** @type {Record<string, PageKind>} */
const PAGES = {
  agents: { load: withStyles(() => import('./agents.js'), 'agents.css'), props: () => ({}) },
  agent: {
    load: withStyles(() => import('./agent.js'), 'agent.css'),
    props: (parts) => ({ name: parts[1], part: parts[2] ?? 'chat', rest: parts.slice(3) }),
    isWide: true,
  },
  templates: { load: withStyles(() => import('./templates.js'), 'templates.css'), props: (parts) => ({ kind: parts[1], name: parts[2] }) },
  groups: { load: withStyles(() => import('./groups.js'), 'groups.css'), props: (parts) => ({ id: parts[1] }) },
  runs: { load: withStyles(() => import('./runs.js'), 'runs.css'), props: (parts) => ({ id: parts[1] }) },
  usage: { load: withStyles(() => import('./usage.js'), 'usage.css', 'keys.css'), props: () => ({}) },
  connect: { load: withStyles(() => import('./connect.js'), 'connect.css', 'keys.css'), props: (parts) => ({ part: parts[1] ?? 'programs' }) },
  admin: { load: withStyles(() => import('./admin.js'), 'admin.css', 'keys.css'), props: (parts) => ({ part: parts[1] ?? 'users', rest: parts.slice(2) }) },
  nothing: { load: withStyles(() => import('./nothing.js')), props: (parts) => ({ parts }) },
};

/** The pages in the menu. */
export const AREAS = [
  { place: 'agents', text: 'Agents' },
  { place: 'groups', text: 'Groups' },
  { place: 'templates', text: 'Templates' },
  { place: 'runs', text: 'Runs' },
  { place: 'usage', text: 'Usage' },
  { place: 'connect', text: 'Connect' },
  { place: 'admin', text: 'Admin', isForAdmin: true },
];

/**
 * @param {string[]} parts
 * @returns {PageKind}
 */
export function pageFor(parts) {
  if (parts.length === 0) return PAGES.agents;
  if (parts[0] === 'agents' && parts.length > 1) return PAGES.agent;
  return Object.hasOwn(PAGES, parts[0]) && !['agent', 'nothing'].includes(parts[0]) ? PAGES[parts[0]] : PAGES.nothing;
}

// What the admin does: users and their keys, models, servers of tools, the state, backups, the audit, and files of agents.

import { html } from '../core/html.js';
import { linkTo } from '../core/router.js';
import { isAdmin } from '../core/session.js';
import { Empty } from '../parts/states.js';
import { Tabs } from '../parts/tabs.js';
import { ApplyFile } from './admin/apply.js';
import { Audit } from './admin/audit.js';
import { Backup } from './admin/backup.js';
import { McpServers } from './admin/mcp_servers.js';
import { Models } from './admin/models.js';
import { ServerState } from './admin/state.js';
import { Users } from './admin/users.js';

export const PARTS = [
  { place: 'users', text: 'Users', View: Users },
  { place: 'state', text: 'Server', View: ServerState },
  { place: 'models', text: 'Models', View: Models },
  { place: 'mcp', text: 'MCP servers', View: McpServers },
  { place: 'backup', text: 'Backup', View: Backup },
  { place: 'audit', text: 'Audit', View: Audit },
  { place: 'apply', text: 'Agents from a file', View: ApplyFile },
];

/** @param {{part: string, rest: string[], query: URLSearchParams}} props */
export default function Admin({ part, rest, query }) {
  if (!isAdmin.value) {
    return html`<h1>Admin</h1><${Empty} title="This page is for the admin."><p>It needs a key with the scope «admin», or the admin password. <a href=${linkTo(['connect', 'keys'])}>Your own keys are here.</a></p><//>`;
  }
  const { View } = PARTS.find((each) => each.place === part) ?? PARTS[0];
  return html`
    <h1>Admin</h1>
    <${Tabs} label="Parts of this page" tabs=${PARTS.map((each) => ({ link: linkTo(['admin', each.place]), text: each.text, isHere: each.place === part }))} />
    <${View} rest=${rest} query=${query} />
  `;
}

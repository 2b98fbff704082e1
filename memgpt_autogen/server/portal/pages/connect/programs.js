// The programs that can be connected, with the lines for each. `docs/connect.md` says more about them.

/**
 * Where a program connects to.
 * @typedef {object} Where
 * @property {string} server The address, without a slash at the end.
 * @property {string} agent The agent's name.
 * @property {string} id The agent's id.
 * @property {string} key Empty before there is one.
 */

/**
 * @typedef {object} Trial A request as the program sends it.
 * @property {string} path Behind the address of the server.
 * @property {Record<string, unknown>} body
 * @property {(answer: any) => string} read What of the answer is shown first.
 */

/**
 * @typedef {object} Program
 * @property {string} name
 * @property {string} about
 * @property {(where: Where) => [title: string, text: string][]} lines
 * @property {(where: Where, said: string) => Trial} [trial]
 */

/** A text in a string of Python, JSON or YAML. @param {string} text */
const quoted = (text) => JSON.stringify(text);

/** A text in the quotes of a shell. @param {string} text */
const inShell = (text) => `'${text.replaceAll("'", "'\\''")}'`;

/** @param {Where} where */
const keyOf = ({ key }) => key || 'mga_...';

/** @param {unknown} value */
const json = (value) => JSON.stringify(value, null, 2);

/** @param {Where} where */
const mcp = ({ server, agent }) => `${server}/mcp/${encodeURIComponent(agent)}`;

/** @param {Where} where @param {string} said @returns {Trial} */
const chat = ({ agent }, said) => ({
  path: 'v1/chat/completions',
  body: { model: agent, messages: [{ role: 'user', content: said }] },
  read: (answer) => answer.choices[0].message.content,
});

/** @param {Where} where @param {string} said @returns {Trial} */
const run = ({ id }, said) => ({
  path: `api/v1/agents/${encodeURIComponent(id)}/runs`,
  body: { input: said, background: false },
  read: (answer) => answer.replies.join('\n') || answer.state,
});

const HELLO = 'My cat is Tosca.';

/** @type {Program[]} */
export const PROGRAMS = [
  {
    name: 'curl',
    about: 'From any shell: in the form of OpenAI’s API, or in the server’s own, which has all that the portal shows.',
    lines: (where) => [
      ['OpenAI’s form', `curl ${inShell(`${where.server}/v1/chat/completions`)} -H ${inShell(`Authorization: Bearer ${keyOf(where)}`)} \\\n  --json ${inShell(JSON.stringify(chat(where, HELLO).body))}`],
      ['The server’s own', `curl ${inShell(`${where.server}/api/v1/agents/${encodeURIComponent(where.agent)}/runs`)} -H ${inShell(`Authorization: Bearer ${keyOf(where)}`)} \\\n  --json ${inShell(JSON.stringify(run(where, HELLO).body))}`],
    ],
    trial: chat,
  },
  {
    name: 'Python: memgpt_autogen',
    about: 'The client of this package: pip install memgpt-autogen.',
    lines: (where) => [
      ['Python', `from memgpt_autogen.client import Client\n\nclient = Client(${quoted(where.server)}, ${quoted(keyOf(where))})\nprint(client.say(${quoted(where.agent)}, ${quoted(HELLO)}).replies)`],
    ],
    trial: run,
  },
  {
    name: 'Python: openai',
    about: 'OpenAI’s own client. The agent is the model. Each request may send the whole chat; only what is new is said to the agent.',
    lines: (where) => [
      ['Python', `from openai import OpenAI\n\nclient = OpenAI(base_url=${quoted(`${where.server}/v1`)}, api_key=${quoted(keyOf(where))})\nmessages = [{"role": "user", "content": ${quoted(HELLO)}}]\nanswer = client.chat.completions.create(model=${quoted(where.agent)}, messages=messages)\nprint(answer.choices[0].message.content)`],
    ],
    trial: chat,
  },
  {
    name: 'AutoGen',
    about: 'An AutoGen agent whose model is your agent. cache_seed must be None, or AutoGen answers from its cache.',
    lines: (where) => [
      ['Python', `from autogen import AssistantAgent\n\nentry = {"model": ${quoted(where.agent)}, "base_url": ${quoted(`${where.server}/v1`)}, "api_key": ${quoted(keyOf(where))}}\nassistant = AssistantAgent("assistant", llm_config={"config_list": [entry], "cache_seed": None})`],
    ],
    trial: chat,
  },
  {
    name: 'Open WebUI',
    about: 'Start it with ENABLE_FORWARD_USER_INFO_HEADERS=true, and add a connection of the type OpenAI. The key needs the scope «speak-for», so that each person speaks by name.',
    lines: (where) => [
      ['URL', `${where.server}/v1`],
      ['Key', keyOf(where)],
      ['Headers', json({ 'X-OpenWebUI-Task': '{{TASK}}', 'X-OpenWebUI-User-Message-Id': '{{USER_MESSAGE_ID}}', 'X-OpenWebUI-User-Message-Parent-Id': '{{USER_MESSAGE_PARENT_ID}}' })],
    ],
    trial: chat,
  },
  {
    name: 'LibreChat',
    about: 'In librechat.yaml. The key needs the scope «speak-for».',
    lines: (where) => [
      [
        'YAML',
        `endpoints:
  custom:
    - name: "My agents"
      apiKey: ${quoted(keyOf(where))}
      baseURL: ${quoted(`${where.server}/v1`)}
      models: {default: [${quoted(where.agent)}], fetch: true}
      headers:
        X-LibreChat-User-Name: "{{LIBRECHAT_USER_NAME}}"
        X-LibreChat-Conversation-Id: "{{LIBRECHAT_BODY_CONVERSATIONID}}"
        X-LibreChat-Message-Id: "{{LIBRECHAT_BODY_MESSAGEID}}"
        X-LibreChat-Parent-Message-Id: "{{LIBRECHAT_BODY_PARENTMESSAGEID}}"
      titleConvo: true
      titleMethod: "completion"
      titlePrompt: "### Task:\\nA title of at most five words for this chat, and nothing else.\\n{convo}"
      summarize: false`,
      ],
    ],
    trial: chat,
  },
  {
    name: 'MCP: Claude, Cursor, VS Code',
    about: 'Programs that speak MCP search the agent’s memory and write into it. The server needs pip install "memgpt-autogen[server,mcp]". A key with the scope «read» alone only reads.',
    lines: (where) => {
      const headers = { Authorization: `Bearer ${keyOf(where)}` };
      return [
        ['Claude Code', `claude mcp add --transport http memory ${inShell(mcp(where))} --header ${inShell(`Authorization: Bearer ${keyOf(where)}`)}`],
        ['Claude Desktop, and programs that start one', json({ mcpServers: { memory: { command: 'memgpt-autogen', args: ['--server', where.server, 'mcp', '--agent', where.agent], env: { MEMGPT_AUTOGEN_SERVER_KEY: keyOf(where) } } } })],
        ['Cursor: ~/.cursor/mcp.json', json({ mcpServers: { memory: { url: mcp(where), headers } } })],
        ['VS Code: .vscode/mcp.json, which asks for the key', json({ inputs: [{ id: 'key', type: 'promptString', description: 'Key of the memory', password: true }], servers: { memory: { type: 'http', url: mcp(where), headers: { Authorization: 'Bearer ${input:key}' } } } })],
      ];
    },
    trial: ({ agent }) => ({
      path: `mcp/${encodeURIComponent(agent)}`,
      body: { jsonrpc: '2.0', id: 1, method: 'tools/list' },
      read: (answer) => `Tools: ${answer.result.tools.map((/** @type {any} */ tool) => tool.name).join(', ')}`,
    }),
  },
  {
    name: 'MemGPT 0.3',
    about: 'Programs that were written for MemGPT’s own server.',
    lines: (where) => [
      ['Python', `from memgpt.client.client import create_client\n\nclient = create_client(base_url=${quoted(where.server)}, token=${quoted(keyOf(where))})\nanswer = client.user_message(${quoted(where.id)}, ${quoted(HELLO)})\nprint([each["assistant_message"] for each in answer.messages if "assistant_message" in each])`],
    ],
    trial: ({ id }, said) => ({
      path: `api/agents/${encodeURIComponent(id)}/messages`,
      body: { message: said },
      read: (answer) => answer.messages.flatMap((/** @type {any} */ each) => each.assistant_message ?? []).join('\n'),
    }),
  },
  {
    name: 'letta-client',
    about: 'Programs that use Letta’s client, version 1.',
    lines: (where) => [
      ['Python', `from letta_client import Letta\n\nclient = Letta(base_url=${quoted(where.server)}, api_key=${quoted(keyOf(where))})\nanswer = client.agents.messages.create(${quoted(`agent-${where.id}`)}, input=${quoted(HELLO)})\nprint([each.content for each in answer.messages if each.message_type == "assistant_message"])`],
    ],
    trial: ({ id }, said) => ({
      path: `v1/agents/agent-${encodeURIComponent(id)}/messages`,
      body: { input: said },
      read: (answer) => answer.messages.flatMap((/** @type {any} */ each) => (each.message_type === 'assistant_message' ? each.content : [])).join('\n'),
    }),
  },
];

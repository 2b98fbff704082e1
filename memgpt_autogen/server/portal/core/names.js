// Names of agents: what they may have, and how an agent is meant in an address.

/** The characters that an agent's name cannot have, as the server checks it. */
const REFUSED = /[\s<>|\\/\p{C}]/u;

/**
 * Return why an agent cannot have this name; empty if it can. The server has the last word.
 * @param {string} name
 */
export function faultOfName(name) {
  const refused = REFUSED.exec(name)?.[0];
  if (refused !== undefined) return refused.trim() && !/\p{C}/u.test(refused) ? `A name cannot have ${refused}.` : 'A name cannot have spaces or invisible characters.';
  return [...name].length > 64 ? `A name has at most 64 characters; this one has ${[...name].length}.` : '';
}

/**
 * Return what means an agent in an address: its name, or its id where a name would be read as a folder.
 * @param {{id: string, name: string}} agent
 */
export const referenceTo = (agent) => (/^\.+$/.test(agent.name) ? agent.id : agent.name);

/**
 * Return a name that is not among these, such as `sam-2`.
 * @param {string} name
 * @param {string[]} taken
 */
export function freeName(name, taken) {
  for (let number = 2; ; number += 1) {
    const free = `${[...name].slice(0, 58).join('')}-${number}`;
    if (!taken.includes(free)) return free;
  }
}

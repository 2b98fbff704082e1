// The person's agents, for choosing one and for calling them by name.

import { get } from '../../core/api.js';
import { useLoaded } from '../../core/loading.js';

/** How many agents can be chosen from; an address can name any. */
const MOST = 200;

/**
 * @param {[string, string]} [first] What stands before the agents.
 * @returns {{options: [string, string][], names: Map<string, string>, isLoading: boolean}}
 */
export function useAgents(first = ['', 'All agents']) {
  const found = useLoaded((signal) => get('agents', { limit: MOST }, signal), []);
  const items = /** @type {{id: string, name: string}[]} */ (found.data?.items ?? []);
  return {
    options: [first, ...items.map((each) => /** @type {[string, string]} */ ([each.name, each.name]))],
    names: new Map(items.map((each) => [each.id, each.name])),
    isLoading: found.isLoading,
  };
}

// What the text of a preset means: the first texts of a new agent. Old clients of MemGPT write it, too.

/**
 * @typedef {object} Preset
 * @property {string} description
 * @property {string} persona
 * @property {string} human
 * @property {Record<string, unknown>} rest What else it has; it is kept.
 */

/**
 * @param {string} text As the template has it: JSON, or only a persona.
 * @returns {Preset}
 */
export function presetOf(text) {
  /** @type {any} */
  let found = null;
  try {
    found = JSON.parse(text);
  } catch {
    // a text that somebody wrote by hand
  }
  if (!found || typeof found !== 'object' || Array.isArray(found)) return { description: '', persona: text, human: '', rest: {} };
  const { description, persona, human, ...rest } = found;
  return { description: String(description ?? ''), persona: String(persona ?? ''), human: String(human ?? ''), rest };
}

/**
 * @param {Preset} preset
 * @returns {string} The text of the template.
 */
export const textOfPreset = ({ description, persona, human, rest }) => JSON.stringify({ ...rest, description, persona, human });

// The kinds of templates, and what each is called.

/** @typedef {{place: string, one: string, many: string, about: string}} Kind */

/** @type {Kind[]} */
export const KINDS = [
  { place: 'persona', one: 'persona', many: 'Personas', about: 'A persona says who an agent is: it is the first text of its block of that name.' },
  { place: 'human', one: 'human', many: 'Humans', about: 'A human says whom an agent talks to: it is the first text of its block of that name.' },
  { place: 'preset', one: 'preset', many: 'Presets', about: 'A preset is a persona and a human together.' },
];

/** @param {string | undefined} place */
export const kindOf = (place) => KINDS.find((each) => each.place === place) ?? KINDS[0];

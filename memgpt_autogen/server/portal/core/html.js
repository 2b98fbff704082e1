// What every module of the portal is made of: elements by templates, state by signals.

import { h, render } from 'preact';
import { useState } from 'preact/hooks';
import htm from 'htm';

/** Makes elements of a template: html`<p>${text}</p>`. Texts are always texts, never HTML. */
export const html = htm.bind(h);

export { h, render };
export { Fragment } from 'preact';
export { useEffect, useLayoutEffect, useMemo, useRef, useState, useCallback } from 'preact/hooks';
export { batch, computed, effect, signal, useComputed, useSignal, useSignalEffect } from '@preact/signals';

let lastId = 0;

/** Return an id that no other part of the document has. Preact's own are only unique in one tree, and a dialog may be another one. */
export function useId() {
  return useState(() => `id-${(lastId += 1)}`)[0];
}

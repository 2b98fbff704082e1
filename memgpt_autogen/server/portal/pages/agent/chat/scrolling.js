// Where the chat is scrolled to: at its end as long as the person is there, and without a jump when older entries come.

import { useCallback, useEffect, useLayoutEffect, useRef, useState } from '../../../core/html.js';

/** How near the end is at the end, in pixels. */
const NEAR = 48;

/** How near the edge the next entries are loaded, in pixels. */
const AHEAD = 600;

/**
 * @param {object} options
 * @param {unknown} options.of What is shown; when it changes, what the person looks at stays where it is.
 * @param {boolean} options.isEmpty Whether there is only what to do first, which is read from its start.
 * @param {boolean} options.hasNewer Whether newer entries follow, which are not loaded.
 * @param {() => unknown} options.onStart Called near the start.
 * @param {() => unknown} options.onEnd Called near the end.
 */
export function useScrolling({ of, isEmpty, hasNewer, onStart, onEnd }) {
  const pane = useRef(/** @type {HTMLDivElement | null} */ (null));
  const inside = useRef(/** @type {HTMLDivElement | null} */ (null));
  const [isAtEnd, setAtEnd] = useState(true);
  const state = useRef({ isAtEnd: true, top: 0, anchor: /** @type {{seq: string, top: number} | null} */ (null), of });
  const called = useRef({ isEmpty, hasNewer, onStart, onEnd });
  called.current = { isEmpty, hasNewer, onStart, onEnd };
  if (state.current.of !== of && pane.current) state.current.anchor = anchorIn(pane.current);
  state.current.of = of;

  /** Look where the pane is. */
  const look = useCallback(() => {
    if (!pane.current) return;
    const { scrollTop, scrollHeight, clientHeight } = pane.current;
    const rest = scrollHeight - scrollTop - clientHeight;
    // what grows below does not lead the person away from the end
    // and the end of what is loaded is not the end, where newer entries follow
    if (rest < NEAR) state.current.isAtEnd = !called.current.hasNewer;
    else if (scrollTop < state.current.top - 1) state.current.isAtEnd = false;
    state.current.top = scrollTop;
    setAtEnd(state.current.isAtEnd);
    if (scrollTop < AHEAD) called.current.onStart();
    if (rest < AHEAD) called.current.onEnd();
  }, []);

  const toEnd = useCallback(() => {
    state.current.isAtEnd = true;
    setAtEnd(true);
    if (pane.current) pane.current.scrollTop = pane.current.scrollHeight;
  }, []);

  /** Show an entry in the middle, and let the keyboard go on from it. */
  const toEntry = useCallback((/** @type {number} */ seq) => {
    const found = /** @type {HTMLElement | null} */ (pane.current?.querySelector(`[data-seq="${seq}"]`) ?? pane.current?.querySelector('.item-marked'));
    if (!found) return false;
    state.current.isAtEnd = false;
    const { top, height } = found.getBoundingClientRect();
    const frame = /** @type {HTMLDivElement} */ (pane.current).getBoundingClientRect();
    /** @type {HTMLDivElement} */ (pane.current).scrollTop += top - frame.top - Math.max(0, (frame.height - height) / 2);
    found.focus({ preventScroll: true });
    look();
    return true;
  }, []);

  useLayoutEffect(() => {
    if (!pane.current) return;
    const { isAtEnd: wasAtEnd, anchor } = state.current;
    if (wasAtEnd && !isEmpty) pane.current.scrollTop = pane.current.scrollHeight;
    else if (anchor) {
      const found = pane.current.querySelector(`[data-seq="${anchor.seq}"]`);
      if (found) pane.current.scrollTop += found.getBoundingClientRect().top - anchor.top;
    }
    state.current.top = pane.current.scrollTop;
  }, [of]);

  useEffect(look, [of]);

  useEffect(() => {
    const [shown, within] = [pane.current, inside.current];
    if (!shown || !within) return undefined;
    // a reply that grows, a text that is unfolded, a field that becomes larger
    const watcher = new ResizeObserver(() => state.current.isAtEnd && !called.current.isEmpty && (shown.scrollTop = shown.scrollHeight));
    watcher.observe(within);
    watcher.observe(shown);
    shown.addEventListener('scroll', look, { passive: true });
    return () => {
      watcher.disconnect();
      shown.removeEventListener('scroll', look);
    };
  }, []);

  useEffect(() => {
    const fit = () => {
      const chat = pane.current?.parentElement;
      const below = /** @type {HTMLElement | null} */ (document.querySelector('.foot'))?.offsetHeight ?? 0;
      chat?.style.setProperty('--chat-above', `${Math.round(chat.getBoundingClientRect().top + window.scrollY)}px`);
      chat?.style.setProperty('--chat-below', `${below}px`);
    };
    fit();
    window.addEventListener('resize', fit);
    return () => window.removeEventListener('resize', fit);
  }, []);

  return { pane, inside, isAtEnd, toEnd, toEntry };
}

/** The first entry that is seen, and where. @param {HTMLElement} pane */
function anchorIn(pane) {
  const { top } = pane.getBoundingClientRect();
  for (const each of pane.querySelectorAll('[data-seq]')) {
    const place = each.getBoundingClientRect();
    if (place.bottom > top) return { seq: /** @type {HTMLElement} */ (each).dataset.seq ?? '', top: place.top };
  }
  return null;
}

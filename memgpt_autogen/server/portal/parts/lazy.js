// A part of the page whose module is loaded when it is first shown.

import { html, useEffect, useRef, useState } from '../core/html.js';
import { ApiProblem, isOffline } from '../core/api.js';
import { findMe } from '../core/session.js';
import { Problem } from './controls.js';

const CHANGED = new ApiProblem(0, 'This page could not be loaded. The server may have a new version: load the whole portal again.');

/**
 * @param {object} props
 * @param {unknown} props.of What is shown; another one is loaded when it changes.
 * @param {() => Promise<any>} props.load Returns its component.
 * @param {Record<string, unknown>} props.props What the component gets.
 */
export function Lazy({ of, load, props }) {
  const [shown, setShown] = useState(/** @type {{of: unknown, View: any} | null} */ (null));
  const [isMissing, setMissing] = useState(false);
  const latest = useRef(of);
  latest.current = of;
  const start = () => {
    setMissing(false);
    load().then(
      // what was left before it came does not take the place of the next one
      (View) => latest.current === of && setShown({ of, View }),
      () => {
        setMissing(true);
        // whether the server is away, or only has other files by now
        findMe().catch(() => {});
      },
    );
  };
  useEffect(start, [of]);
  const isAway = isOffline.value;
  useEffect(() => {
    if (isMissing && !isAway) start();
  }, [isAway]);
  if (isMissing) return isAway ? null : html`<${Problem} problem=${CHANGED} onRetry=${() => location.reload()} />`;
  return shown && shown.of === of ? html`<${shown.View} ...${props} />` : null;
}

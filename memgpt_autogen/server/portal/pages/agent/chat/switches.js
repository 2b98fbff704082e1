// What is shown of the agent's inside. The browser remembers yes or no, and no words.

import { useState } from '../../../core/html.js';

/**
 * @param {'thoughts' | 'calls'} name
 * @returns {[boolean, (isOn: boolean) => void]}
 */
export function useSwitch(name) {
  const key = `show-${name}`;
  const [isOn, setOn] = useState(() => {
    try {
      return localStorage.getItem(key) === 'yes';
    } catch {
      return false;
    }
  });
  const change = (/** @type {boolean} */ next) => {
    setOn(next);
    try {
      if (next) localStorage.setItem(key, 'yes');
      else localStorage.removeItem(key);
    } catch {
      // it holds for this page
    }
  };
  return [isOn, change];
}

// Files that are no modules: where they are, whichever module asks for them.

const ICON = /** @type {HTMLLinkElement} */ (document.querySelector('link[rel="icon"]')).href;

/**
 * Return the address of a file of the portal, such as `styles/chat.css`.
 * @param {string} name
 */
export const asset = (name) => new URL(name, ICON).href;

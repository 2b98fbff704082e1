// Uploads: what is sent tells how far it is, which `fetch` does not.

import { apiAddress, ApiProblem, isOffline, problemOf } from './api.js';

/**
 * Send a form, and return the JSON that comes back. Raises ApiProblem, or an AbortError after `signal`.
 * @param {string} place
 * @param {FormData} form
 * @param {object} options
 * @param {(sent: number, all: number) => void} options.onProgress Bytes of the request.
 * @param {AbortSignal} options.signal
 * @returns {Promise<any>}
 */
export function upload(place, form, { onProgress, signal }) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open('POST', apiAddress(place));
    request.setRequestHeader('Accept', 'application/json, application/problem+json');
    request.upload.onprogress = (event) => event.lengthComputable && onProgress(event.loaded, event.total);
    request.onload = async () => {
      isOffline.value = false;
      if (request.status < 400) resolve(JSON.parse(request.responseText));
      else reject(await problemOf(new Response(request.responseText, { status: request.status, statusText: request.statusText }), place));
    };
    request.onerror = () => reject(new ApiProblem(0, 'The upload broke off. Look whether the server runs, then try again.'));
    request.onabort = () => reject(new DOMException('The upload was cancelled.', 'AbortError'));
    signal.addEventListener('abort', () => request.abort(), { once: true });
    request.send(form);
  });
}

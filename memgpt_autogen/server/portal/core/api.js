// Requests to the server's API, `/api/v1`. Each answer is the JSON that the API tells, with its types.

import { signal } from './html.js';

/** @typedef {import('../api_types').components['schemas']} Schemas */

/** The place of the API. Addresses are relative to the page, so that any prefix of a proxy holds. */
const API = new URL('api/v1/', document.baseURI);

/** Whether a session is needed that is not there, or is over. @type {import('@preact/signals').Signal<boolean>} */
export const isLoggedOut = signal(false);

/** Whether the last request got no answer at all. @type {import('@preact/signals').Signal<boolean>} */
export const isOffline = signal(false);

/** What the server says in place of an answer, or that it says nothing (status 0). */
export class ApiProblem extends Error {
  /**
   * @param {number} status
   * @param {string} detail What is wrong, and what to do.
   * @param {Record<string, any>} [rest] What else the problem says, as `errors` and `request_id`.
   */
  constructor(status, detail, rest = {}) {
    super(detail.charAt(0).toUpperCase() + detail.slice(1));
    this.name = 'ApiProblem';
    this.status = status;
    this.rest = rest;
    /** When it may be tried again, in milliseconds since 1970, if the server says so. @type {number | null} */
    this.retryAt = null;
  }
}

/** @typedef {Record<string, string | number | boolean | null | undefined | (string | number)[]>} Query */

/**
 * @typedef {object} Options
 * @property {unknown} [body] What is sent as JSON.
 * @property {FormData} [form] What is sent as a form, in place of JSON.
 * @property {string} [ifMatch] The ETag that the thing must still have.
 * @property {boolean} [ifAbsent] Whether there must be no such thing yet.
 * @property {string} [idempotencyKey]
 * @property {Query} [query]
 * @property {AbortSignal} [signal]
 */

/**
 * Return the address of a path of the API, such as `agents/sam/window`.
 * @param {string} path
 * @param {Query} [query] Values that are null, undefined or empty are left out.
 */
export function apiAddress(path, query = {}) {
  const address = new URL(path, API);
  for (const [name, value] of Object.entries(query)) {
    for (const each of Array.isArray(value) ? value : [value]) {
      if (each !== null && each !== undefined && each !== '') address.searchParams.append(name, String(each));
    }
  }
  return address;
}

/**
 * Return a path whose parts are put in as they are written, whatever characters they have.
 * @param {TemplateStringsArray} texts
 * @param {...(string | number)} parts
 */
export function path(texts, ...parts) {
  return texts.reduce((whole, text, index) => whole + encodeURIComponent(String(parts[index - 1])) + text);
}

/**
 * Send a request, and return the answer. Raises ApiProblem.
 * @param {string} method
 * @param {string} place
 * @param {Options} [options]
 * @returns {Promise<Response>}
 */
export async function ask(method, place, options = {}) {
  /** @type {Record<string, string>} */
  const headers = { Accept: 'application/json, application/problem+json' };
  if (options.body !== undefined) headers['Content-Type'] = 'application/json';
  if (options.ifMatch) headers['If-Match'] = options.ifMatch;
  if (options.ifAbsent) headers['If-None-Match'] = '*';
  if (options.idempotencyKey) headers['Idempotency-Key'] = options.idempotencyKey;
  /** @type {Response} */
  let answer;
  try {
    answer = await fetch(apiAddress(place, options.query), {
      method,
      headers,
      body: options.form ?? (options.body === undefined ? undefined : JSON.stringify(options.body)),
      credentials: 'same-origin',
      signal: options.signal,
    });
  } catch (error) {
    if (options.signal?.aborted) throw error;
    isOffline.value = true;
    throw new ApiProblem(0, 'The server does not answer. Look whether it runs, then try again.');
  }
  isOffline.value = false;
  if (!answer.ok) throw await problemOf(answer, place);
  return answer;
}

/**
 * Return what a GET answers.
 * @param {string} place
 * @param {Query} [query]
 * @param {AbortSignal} [signal]
 * @returns {Promise<any>}
 */
export async function get(place, query, signal) {
  return (await ask('GET', place, { query, signal })).json();
}

/**
 * Return what a GET answers, and the ETag with which it may be changed.
 * @param {string} place
 * @returns {Promise<{data: any, etag: string | null}>}
 */
export async function getWithTag(place) {
  const answer = await ask('GET', place);
  return { data: await answer.json(), etag: answer.headers.get('ETag') };
}

/**
 * Send something that changes, and return the JSON that comes back; null if nothing does.
 * @param {'POST' | 'PUT' | 'PATCH' | 'DELETE'} method
 * @param {string} place
 * @param {unknown} [body]
 * @param {Omit<Options, 'body'>} [options]
 * @returns {Promise<any>}
 */
export async function send(method, place, body, options = {}) {
  const answer = await ask(method, place, { ...options, body });
  const text = await answer.text();
  return text ? JSON.parse(text) : null;
}

/**
 * Return what an answer refuses, as an error.
 * @param {Response} answer
 * @param {string} place
 */
export async function problemOf(answer, place) {
  /** @type {Record<string, any>} */
  let said = {};
  try {
    said = await answer.json();
  } catch {
    // a proxy answers with a page of its own
  }
  if (answer.status === 401 && !place.startsWith('login')) {
    isLoggedOut.value = true;
    return new ApiProblem(401, 'Your session has ended. Log in, then try again.', said);
  }
  const detail = said.detail ?? `The server answered ${answer.status} ${answer.statusText}.`;
  const problem = new ApiProblem(answer.status, detail, said);
  const seconds = Number(answer.headers.get('Retry-After'));
  if (seconds > 0) problem.retryAt = Date.now() + 1000 * seconds;
  return problem;
}

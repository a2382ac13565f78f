// The one client of the server: session cookie, the token beside it, and errors as values.
import { isStrange, messageOf, parse } from './answer';
import { unattended } from './attended';
import { noteAnswered, noteLost } from './connection';
import { isOthers, othersProblem, takeSession, tokenOfSession } from './owner';
import { NOT_OURS, Problem, TIMED_OUT } from './problem';
import type { SessionInfo } from './types';

/** What came of a call. */
export type Result<T> = { ok: true; value: T; revision: string | null } | { ok: false; problem: Problem };

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
export type Query = Record<string, string | number | boolean | readonly string[] | null | undefined>;
/** `revision`: what the change was made from; the server refuses it with 412 when somebody changed that meanwhile.
 *  `isNew`: it is refused when there is something already. `isLong`: the server runs or sends something meanwhile.
 *  `isExact`: the answer holds values of events, whose numbers may have more digits than the browser's own keep. */
type Call = {
  query?: Query; body?: unknown; signal?: AbortSignal; revision?: string | null; isNew?: boolean; isLong?: boolean;
  isExact?: boolean;
};
/** Something read, and what a later change of it is made from. */
export type Revised<T> = { value: T; revision: string | null };

const whenOver = new Set<() => void>();
const whenRefused = new Set<() => void>();

/** Calls back when the server says that the session is over; returns how to stop that. */
export function onSessionOver(callback: () => void): () => void {
  whenOver.add(callback);
  return () => whenOver.delete(callback);
}

/** The server said so. */
export function tellOver(): void {
  whenOver.forEach((callback) => callback());
}

/** Calls back when the server refuses something as not permitted; returns how to stop that. */
export function onRefused(callback: () => void): () => void {
  whenRefused.add(callback);
  return () => whenRefused.delete(callback);
}

const SESSION = '/internal/session';
/** What somebody does who is not signed in, or not any more. */
const DOORS = [SESSION, '/internal/sign-in'];

/** Asks the server; what goes wrong is a value. */
export async function call<T>(method: Method, path: string, options: Call = {}): Promise<Result<T>> {
  if (isOthers() && !DOORS.includes(path) && await lookAgain() === 'other') return fail(othersProblem(method !== 'GET'));
  const first = await once<T>(method, path, options);
  if (first.ok || !isOldToken(first.problem.status, first.problem.message)) return first;
  const whose = await lookAgain();
  if (whose === 'other') return fail(othersProblem(true));
  return whose === 'own' ? once<T>(method, path, options) : first;
}

/** Whether something was refused because the browser has another session than the page knows of. */
export function isOldToken(status: number, said: string): boolean {
  return status === 403 && /x-csrf-token/i.test(said);
}

/** Whose session the browser has now: another tab of it may have signed in. Takes it over where it is the page's own. */
export async function lookAgain(): Promise<'own' | 'other' | 'unknown'> {
  const session = await once<SessionInfo>('GET', SESSION, {});
  if (!session.ok) return 'unknown';
  return takeSession(session.value) ? 'own' : 'other';
}

/** The same for TanStack Query, which wants what goes wrong thrown. */
export async function ask<T>(method: Method, path: string, options: Call = {}): Promise<T> {
  const result = await call<T>(method, path, options);
  if (!result.ok) throw result.problem;
  return result.value;
}

/** The same with the revision of what was read. */
export async function askRevised<T>(method: Method, path: string, options: Call = {}): Promise<Revised<T>> {
  const result = await call<T>(method, path, options);
  if (!result.ok) throw result.problem;
  return { value: result.value, revision: result.revision };
}

/** How long an answer may take, and one that is waited for while something is run or sent elsewhere. */
const TIME_MS_MAX = 60_000;
const LONG_TIME_MS_MAX = 300_000;

async function once<T>(method: Method, path: string, { query, body, signal, revision, isNew, isLong, isExact = false }: Call): Promise<Result<T>> {
  const headers: Record<string, string> = { Accept: 'application/json', ...unattended() };
  if (method !== 'GET') headers['X-CSRF-Token'] = tokenOfSession();
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  if (revision) headers['If-Match'] = revision;
  if (isNew) headers['If-None-Match'] = '*';
  const timeMax = isLong ? LONG_TIME_MS_MAX : TIME_MS_MAX;
  const limit = AbortSignal.timeout(timeMax);
  // Whether a change that was not answered was made is not known.
  const again = method === 'GET' ? 'then try again' : 'and whether it was done; then try again';
  let response: Response;
  let text: string;
  try {
    response = await fetch(path + search(query), {
      method, headers, body: body === undefined ? null : JSON.stringify(body), redirect: 'manual',
      credentials: 'same-origin', signal: signal ? AbortSignal.any([signal, limit]) : limit,
    });
    text = await response.text();
  } catch (thrown) {
    if (signal?.aborted) throw thrown;
    noteLost();
    if (!limit.aborted) return fail(new Problem(0, `the server does not answer; look at the connection, ${again}`));
    return fail(new Problem(TIMED_OUT, `no answer came within ${timeMax / 1000} s; look at the server, ${again}`));
  }
  noteAnswered();
  const value = parse(text, isExact);
  if (response.type === 'opaqueredirect' || (response.ok && isStrange(method, text, value))) {
    return fail(new Problem(NOT_OURS, 'something between this browser and the server, such as a proxy or its sign-in page, answered instead of it;'
      + ` look at the connection, ${again}`));
  }
  if (response.ok) return { ok: true, value: value as T, revision: response.headers.get('ETag') };
  const retryAfter = Number(response.headers.get('Retry-After')) || null;
  const message = messageOf(value) ?? `the server answered ${response.status} ${response.statusText}`;
  const problem = new Problem(response.status, message, retryAfter, value);
  if (problem.status === 401 && path !== '/internal/sign-in') tellOver();
  if (problem.status === 403) whenRefused.forEach((callback) => callback());
  return fail(problem);
}

function fail(problem: Problem): { ok: false; problem: Problem } {
  return { ok: false, problem };
}

/** `?a=1&b=2&b=3`; what is empty is left out. */
export function search(query: Query | undefined): string {
  const params = new URLSearchParams();
  for (const [key, value] of Object.entries(query ?? {})) {
    if (value === undefined || value === null || value === '') continue;
    for (const one of Array.isArray(value) ? value : [value]) params.append(key, String(one));
  }
  const text = params.toString();
  return text === '' ? '' : `?${text}`;
}

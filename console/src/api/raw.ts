// Calls whose answers are shown as they came: status, headers, time, text. With the session, or with a token typed in.
import { isOldToken, lookAgain, tellOver } from './client';
import { isOthers, othersProblem, tokenOfSession } from './owner';
import { Problem } from './problem';

/** An answer as it came; `isCut` when there was more of it than is kept. */
export type RawAnswer = {
  status: number; statusText: string; headers: [string, string][]; text: string; isCut: boolean; bytes: number; ms: number;
};
type RawCall = { body?: string; headers?: Record<string, string>; token?: string; signal?: AbortSignal };

/** More of an answer is not read. */
const BYTES_MAX = 4 * 1024 * 1024;
/** How long an answer may take. */
const TIME_MS_MAX = 60_000;

/** Asks and takes whatever comes; only a server that does not answer is a failure. */
export async function askRaw(method: string, path: string, options: RawCall = {}): Promise<RawAnswer> {
  const isOwn = options.token === undefined;
  if (isOwn && isOthers() && await lookAgain() === 'other') throw othersProblem(true);
  const first = await once(method, path, options);
  if (!isOwn) return first;
  if (first.status === 401) tellOver();
  if (!isOldToken(first.status, first.text)) return first;
  const whose = await lookAgain();
  if (whose === 'other') throw othersProblem(true);
  return whose === 'own' ? once(method, path, options) : first;
}

async function once(method: string, path: string, { body, headers = {}, token, signal }: RawCall): Promise<RawAnswer> {
  const own: Record<string, string> = token === undefined
    ? (method === 'GET' ? {} : { 'X-CSRF-Token': tokenOfSession() }) : { 'X-API-Key': token };
  const limit = AbortSignal.timeout(TIME_MS_MAX);
  const from = performance.now();
  try {
    const response = await fetch(path, {
      method, headers: { Accept: 'application/json', ...headers, ...own }, body: body ?? null, redirect: 'error',
      // A token is tried for what it may do, not for what oneself may.
      credentials: token === undefined ? 'same-origin' : 'omit', signal: signal ? AbortSignal.any([signal, limit]) : limit,
    });
    const { text, bytes, isCut } = await read(response);
    const ms = performance.now() - from;
    return { status: response.status, statusText: response.statusText, headers: [...response.headers], text, bytes, isCut, ms };
  } catch (thrown) {
    if (signal?.aborted) throw new Problem(0, 'it was cancelled; the server may have done it nevertheless');
    if (limit.aborted) throw new Problem(0, `no answer came within ${TIME_MS_MAX / 1000} s; ask for less, then try again`);
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    throw new Problem(0, `the server does not answer, or not so that a browser can show it (${reason}); look at the connection, then try again`);
  }
}

async function read(response: Response): Promise<{ text: string; bytes: number; isCut: boolean }> {
  const reader = response.body?.getReader();
  const decoder = new TextDecoder();
  let [text, bytes] = ['', 0];
  while (reader) {
    const { done, value } = await reader.read();
    if (done) break;
    bytes += value.byteLength;
    text += decoder.decode(value, { stream: true });
    if (bytes > BYTES_MAX) {
      await reader.cancel();
      return { text, bytes, isCut: true };
    }
  }
  return { text: text + decoder.decode(), bytes, isCut: false };
}

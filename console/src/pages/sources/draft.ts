// What somebody says about an HTTP source, and the form that the server takes.
import type { AuthMethod, HttpSource, HttpSourceForm, StreamType } from '../../api/intake';
import type { Algorithm } from '../../app/searches-intake';

export type Draft = {
  label: string; types: string[]; stream: StreamType; path: string; method: AuthMethod; header: string; user: string;
  algorithm: Algorithm; secret: string;
};

export const METHOD_WORDS: Record<AuthMethod, string> = {
  Bearer: 'Bearer token', Basic: 'User name and password', SharedSecret: 'A secret in a header',
  HMAC: 'A signature (HMAC)', None: 'Nothing',
};
export const STREAM_WORDS: Record<StreamType, string> = {
  Auto: 'Decided by each request', Lines: 'One record a line', JSON: 'JSON values, one after the other',
  JsonArray: 'The elements of a JSON array',
};

/** Bytes of a secret that is made here. */
const SECRET_BYTES = 32;

/** A secret that nobody guesses, of letters and digits alone, so that no shell and no file takes it for something else. */
export function freshSecret(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(SECRET_BYTES));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** The header in which a method has its secret, when nobody chose another. */
export function usualHeader(method: AuthMethod): string {
  return method === 'HMAC' ? 'X-Signature' : 'X-Source-Secret';
}

export function draftOf(source: HttpSource): Draft {
  return {
    label: source.integrationLabel, types: source.logTypes, stream: source.logStreamType,
    path: source.logStreamTypeOptions?.jsonArrayEnvelopeField ?? '', method: source.authMethod,
    header: source.authHeaderKey || usualHeader(source.authMethod), user: source.authUsername,
    algorithm: source.authHmacAlg.endsWith('1') ? 'sha1' : 'sha256', secret: '',
  };
}

/** An empty secret stays as it is as long as the method does. */
export function formOf({ label, types, stream, path, method, header, user, algorithm, secret }: Draft): HttpSourceForm {
  const hasHeader = method === 'SharedSecret' || method === 'HMAC';
  return {
    integrationLabel: label.trim(), logStreamType: stream, logTypes: types, authMethod: method,
    ...(stream === 'JsonArray' && path !== '' ? { logStreamTypeOptions: { jsonArrayEnvelopeField: path } } : {}),
    ...(hasHeader ? { authHeaderKey: header.trim(), authSecretValue: secret } : {}),
    ...(method === 'HMAC' ? { authHmacAlg: algorithm } : {}),
    ...(method === 'Basic' ? { authUsername: user.trim(), authPassword: secret } : {}),
    ...(method === 'Bearer' ? { authBearerToken: secret } : {}),
  };
}

/** What is still missing before the source can be made, or nothing. */
export function lacking(draft: Draft, hasSecret: boolean): string | null {
  if (draft.label.trim() === '') return 'Give it a name';
  if (draft.types.length === 0) return 'Choose at least one log type';
  if ((draft.method === 'SharedSecret' || draft.method === 'HMAC') && draft.header.trim() === '') return 'Name the header';
  if (draft.method === 'Basic' && draft.user.trim() === '') return 'Give a user name';
  if (draft.method !== 'None' && draft.secret === '' && !hasSecret) return 'Give or generate a secret';
  return null;
}

// The command that does the same as an operation, ready to be pasted into a shell.
import type { OpenApi } from '../../api/openapi';
import { exampleOf } from './schemas';
import type { Entry } from './operations';

/** `base` is the server's address; the token is left for the shell to put in, so that it is in no history. */
export function curlOf(document: OpenApi, { method, path, operation }: Entry, base: string): string {
  const isOpen = operation.security?.some((one) => Object.keys(one).length === 0) ?? false;
  const needed = operation.parameters?.filter((one) => one.required && one.in === 'query') ?? [];
  const query = needed.map(({ name }) => `${name}=${name.toUpperCase()}`).join('&');
  const address = base + path.replace(/\{([^}]+)\}/g, (_all, name: string) => name.toUpperCase()) + (query && `?${query}`);
  const lines = [`curl -sS${method === 'get' ? '' : ` -X ${method.toUpperCase()}`} ${quoted(address)}`];
  if (!isOpen) lines.push('-H "X-API-Key: $MARGAY_TOKEN"');
  const [kind, body] = Object.entries(operation.requestBody?.content ?? {})[0] ?? [];
  if (kind) lines.push(`-H ${quoted(`Content-Type: ${kind}`)}`);
  if (kind?.endsWith('json')) lines.push(`-d ${quoted(JSON.stringify(exampleOf(document, body?.schema ?? {})))}`);
  else if (kind) lines.push('--data-binary @FILE');
  return lines.join(' \\\n  ');
}

/** As one word of a shell, whatever is in it. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

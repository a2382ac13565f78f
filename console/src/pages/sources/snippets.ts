// How a sender is told to send: ready texts for common tools. Every value is quoted for the place where it stands.
import type { Draft } from './draft';

/** Where to send, and how to prove who one is. */
export type Target = Pick<Draft, 'method' | 'header' | 'user' | 'algorithm' | 'secret'> & { url: string };
export type Snippet = { key: string; title: string; about: string; text: string | null };

/** What stands for a secret that is not known any more. */
export const PLACEHOLDER = 'YOUR-SECRET';
/** Bytes of one request, below the megabyte that a source takes. */
const BATCH_BYTES = 900_000;

export function snippets(target: Target): Snippet[] {
  return [curl(target), fluentBit(target), vector(target), collector(target)];
}

/** The header with the credentials; null where there is none, or where it depends on the body. */
function credentials({ method, header, user, secret }: Target): [string, string] | null {
  if (method === 'Bearer') return ['Authorization', `Bearer ${secret}`];
  if (method === 'Basic') return ['Authorization', `Basic ${base64(`${user}:${secret}`)}`];
  return method === 'SharedSecret' ? [header, secret] : null;
}

function base64(text: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}

/** One word of a shell. */
function shell(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

/** One value of YAML: JSON is YAML. */
const yaml = (text: string): string => JSON.stringify(text);
/** The same in a file where `$` begins the name of a variable. */
const literal = (text: string): string => yaml(text.replaceAll('$', '$$$$'));

function curl(target: Target): Snippet {
  const about = 'Sends the file logs.jsonl, compressed.';
  const { method, url, header, algorithm, secret } = target;
  if (method === 'HMAC') {
    const text = [
      'gzip -kf logs.jsonl',
      `SIGNATURE=$(openssl dgst -${algorithm} -hmac ${shell(secret)} -hex logs.jsonl.gz | sed 's/.* //')`,
      `curl --fail-with-body ${shell(url)} \\`,
      `  -H ${shell(`${header}: ${algorithm}=`)}"$SIGNATURE" \\`,
      '  --data-binary @logs.jsonl.gz',
    ];
    return { key: 'curl', title: 'curl', about: `${about} The signature is over the bytes as they are sent.`, text: text.join('\n') };
  }
  const sent = method === 'Basic' ? `  -u ${shell(`${target.user}:${secret}`)} \\` : headerLine(credentials(target));
  const text = [`gzip -c logs.jsonl | curl --fail-with-body ${shell(url)} \\`, ...(sent ? [sent] : []), '  --data-binary @-'];
  return { key: 'curl', title: 'curl', about, text: text.join('\n') };
}

function headerLine(header: [string, string] | null): string | null {
  return header && `  -H ${shell(`${header[0]}: ${header[1]}`)} \\`;
}

const CANNOT_SIGN = 'This tool cannot sign what it sends. Choose another way to prove who sends, or sign in a program of your own.';

function fluentBit(target: Target): Snippet {
  const [key, title] = ['fluent-bit', 'Fluent Bit'];
  if (target.method === 'HMAC') return { key, title, about: CANNOT_SIGN, text: null };
  const { hostname, port, protocol, pathname } = new URL(target.url);
  const isTls = protocol === 'https:';
  const header = target.method === 'Basic' ? null : credentials(target);
  const text = [
    'parsers:', '  - name: json-lines', '    format: json', 'pipeline:', '  inputs:', '    - name: tail',
    '      path: /var/log/app/*.jsonl', '      parser: json-lines', '  outputs:', '    - name: http', "      match: '*'",
    `      host: ${hostname.replace(/^\[|\]$/g, '')}`, `      port: ${port || (isTls ? 443 : 80)}`, `      uri: ${pathname}`,
    `      tls: ${isTls ? 'on' : 'off'}`, '      format: json_lines', '      json_date_key: false', '      compress: gzip',
    ...(target.method === 'Basic' ? [`      http_user: ${yaml(target.user)}`, `      http_passwd: ${yaml(target.secret)}`] : []),
    ...(header ? ['      header:', `        - ${yaml(`${header[0]} ${header[1]}`)}`] : []),
  ];
  return { key, title, about: 'For fluent-bit.yaml. Reads files with one JSON object a line.', text: text.join('\n') };
}

function vector(target: Target): Snippet {
  const [key, title] = ['vector', 'Vector'];
  if (target.method === 'HMAC') return { key, title, about: CANNOT_SIGN, text: null };
  const { method, user, secret, header, url } = target;
  const auth: Record<string, string[]> = {
    Bearer: ['    auth:', '      strategy: bearer', `      token: ${literal(secret)}`],
    Basic: ['    auth:', '      strategy: basic', `      user: ${literal(user)}`, `      password: ${literal(secret)}`],
    SharedSecret: ['    request:', '      headers:', `        ${yaml(header)}: ${literal(secret)}`],
  };
  const text = [
    'sources:', '  app:', '    type: file', '    include: [/var/log/app/*.jsonl]', 'sinks:', '  margay:', '    type: http',
    '    inputs: [app]', `    uri: ${literal(url)}`, '    encoding:', '      codec: text', '    framing:',
    '      method: newline_delimited', '    compression: gzip', '    batch:', `      max_bytes: ${BATCH_BYTES}`, ...(auth[method] ?? []),
  ];
  return { key, title, about: 'For vector.yaml. Sends the lines of files as they are.', text: text.join('\n') };
}

/** Its OTLP exporters send a form that a source does not take; this one sends the bodies of log records, a line each. */
function collector(target: Target): Snippet {
  const [key, title] = ['collector', 'OpenTelemetry Collector'];
  if (target.method === 'HMAC') return { key, title, about: CANNOT_SIGN, text: null };
  const header = credentials(target);
  const text = [
    'receivers:', '  filelog:', '    include: [/var/log/app/*.jsonl]', 'exporters:', '  splunk_hec/margay:',
    `    endpoint: ${literal(target.url)}`, '    # The exporter asks for one; the header below is what counts.',
    '    token: unused', '    export_raw: true', `    max_content_length_logs: ${BATCH_BYTES}`,
    ...(header ? ['    headers:', `      ${yaml(header[0])}: ${literal(header[1])}`] : []),
    'service:', '  pipelines:', '    logs:', '      receivers: [filelog]', '      exporters: [splunk_hec/margay]',
  ];
  const about = 'For the contrib distribution. A source takes records, not OTLP, so the exporter for raw bodies sends them, a line each.';
  return { key, title, about, text: text.join('\n') };
}

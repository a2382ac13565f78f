// The fields of events, as a tree that paths lead into.
import type { LogTypeField as LogField } from '../../../api/types';

/** Fields that every event has. */
export const STANDARD_FIELDS: readonly LogField[] = [
  ['p_log_type', 'string', 'The log type'], ['p_row_id', 'string', 'The id of the event'], ['p_event_time', 'timestamp', 'When it happened'],
  ['p_parse_time', 'timestamp', 'When it was read'], ['p_source_id', 'string', 'The log source'], ['p_source_label', 'string', 'The name of the log source'],
  ['p_udm', 'object', 'Fields under common names'], ['p_enrichment', 'object', 'What lookup tables know of its values'],
  ...['ip_addresses', 'domain_names', 'emails', 'usernames', 'md5_hashes', 'sha1_hashes', 'sha256_hashes', 'aws_account_ids', 'aws_arns',
    'aws_instance_ids', 'actor_ids', 'mac_addresses', 'trace_ids'].map((name) => [`p_any_${name}`, 'array', 'Values found anywhere in the event']),
].map(([path = '', type = '', description = '']) => ({ path, type, description, indicators: [] }));

/** The keys of a path, without the marks of arrays. */
const keysOf = (path: string): string[] => path.replaceAll('[]', '').split('.');

/** The fields directly inside of some keys. */
export function childrenOf(fields: readonly LogField[], keys: readonly string[]): LogField[] {
  const inside = fields.filter(({ path }) => {
    const own = keysOf(path);
    return own.length === keys.length + 1 && keys.every((key, index) => own[index]?.toLowerCase() === key.toLowerCase());
  });
  return [...new Map(inside.map((field) => [nameOf(field), field])).values()];
}

/** The field at the end of some keys. */
export function fieldAt(fields: readonly LogField[], keys: readonly string[]): LogField | undefined {
  const name = keys.at(-1);
  return name === undefined ? undefined
    : childrenOf(fields, keys.slice(0, -1)).find((field) => nameOf(field).toLowerCase() === name.toLowerCase());
}

/** The last key of its path. */
export const nameOf = ({ path }: LogField): string => keysOf(path).at(-1) ?? path;

/** Such as `a.b[*].c`, as `KeyPath` has it. */
export const keyPathOf = ({ path }: LogField): string => path.replaceAll('[]', '[*]');

/** What is known of a field, in a sentence or two. */
export function aboutField({ type, description, indicators }: LogField): string {
  const found = indicators.length > 0 ? ` Indicators: ${indicators.join(', ')}.` : '';
  return `${type}. ${description}${found}`.trim();
}

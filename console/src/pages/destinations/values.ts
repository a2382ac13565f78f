// What stands in the fields of a form about a `config`, and what of it is sent. A secret is never here before it is
// typed: the server shows that there is one, and keeps it unless it gets another or null.
import { MASK } from '../../api/destinations';
import type { ConfigField, Schema } from './schema';

export type Secret = { stored: boolean; state: 'kept' | 'removed' | 'typed'; text: string };
export type Row = { key: number; name: string; value: Secret };
/** A group of settings as a whole; what stands in it has paths of its own. */
export type Group = { stored: boolean; removed: boolean };
export type Value = string | boolean | Secret | Row[] | Group;
/** By the path of the field, as the server's messages name it. */
export type Values = Record<string, Value>;

type Config = Record<string, unknown>;
let rows = 0;
export const freshRow = (): Row => ({ key: (rows += 1), name: '', value: secretOf(undefined) });

function secretOf(stored: unknown): Secret {
  const isStored = stored === MASK;
  return { stored: isStored, state: isStored ? 'kept' : 'typed', text: typeof stored === 'string' && !isStored ? stored : '' };
}

const objectOf = (value: unknown): Config => (typeof value === 'object' && value !== null ? value as Config : {});

/** What a stored `config` puts into the fields. */
export function valuesOf(fields: readonly ConfigField[], stored: Config): Values {
  return Object.fromEntries(fields.flatMap((field): [string, Value][] => {
    const value = stored[field.key];
    switch (field.kind) {
      case 'group': {
        const group = objectOf(value);
        return [[field.path, { stored: Object.keys(group).length > 0, removed: false }], ...Object.entries(valuesOf(field.fields, group))];
      }
      case 'map': {
        const entries = Object.entries(objectOf(value));
        return [[field.path, entries.map(([name, one]) => ({ ...freshRow(), name, value: secretOf(one) }))]];
      }
      case 'list': return [[field.path, Array.isArray(value) ? value.join('\n') : '']];
      case 'switch': return [[field.path, typeof value === 'boolean' ? value : field.preset]];
      case 'choice': return [[field.path, typeof value === 'string' ? value : field.preset]];
      default: return [[field.path, field.isSecret ? secretOf(value) : value === undefined ? field.preset : String(value)]];
    }
  }));
}

/** What the fields say, as it is sent; `stored` is what the server has. */
export function configOf(fields: readonly ConfigField[], values: Values, stored: Config): Config {
  const config: Config = {};
  for (const field of fields) {
    const was = stored[field.key];
    const value = sent(field, values, was);
    if (value !== undefined) config[field.key] = value;
  }
  return config;
}

function sent(field: ConfigField, values: Values, was: unknown): unknown {
  const value = values[field.path];
  switch (field.kind) {
    case 'group': {
      const inner = configOf(field.fields, values, objectOf(was));
      const isEmpty = (value as Group).removed || Object.values(inner).every((one) => one === null);
      return isEmpty ? (was === undefined ? undefined : null) : inner;
    }
    case 'map': return sentMap(value as Row[], objectOf(was));
    case 'list': {
      const lines = String(value).split('\n').map((line) => line.trim()).filter((line) => line !== '');
      return lines.length > 0 ? lines : undefined;
    }
    case 'switch': return value === field.preset && was === undefined ? undefined : value;
    case 'choice': return value === '' || (value === field.preset && was === undefined) ? undefined : value;
    default: return field.isSecret ? sentSecret(value as Secret) : sentText(String(value), field.isNumber, field.preset, was);
  }
}

function sentText(text: string, isNumber: boolean, preset: string, was: unknown): unknown {
  if (text === '' || (text === preset && was === undefined)) return undefined;
  // What is no number goes as it is: the server says what it expected.
  return isNumber && Number.isFinite(Number(text)) ? Number(text) : text;
}

/** A stored secret stays while nothing stands in its place: taking it away has a button of its own. */
const isKept = ({ stored, state, text }: Secret) => state === 'kept' || (state === 'typed' && stored && text === '');

function sentSecret(secret: Secret): string | null | undefined {
  if (isKept(secret)) return MASK;
  if (secret.state === 'removed') return null;
  return secret.text === '' ? undefined : secret.text;
}

/** Names that are no more are said too: the server keeps what is only left out. */
function sentMap(entries: readonly Row[], was: Config): Config | undefined {
  const named = entries.filter(({ name }) => name !== '');
  const gone = Object.keys(was).filter((name) => named.every((row) => row.name !== name));
  if (named.length === 0 && gone.length === 0) return undefined;
  return Object.fromEntries([...gone.map((name) => [name, null]),
    ...named.map(({ name, value }) => [name, isKept(value) ? MASK : value.text])]);
}

/** Whether anything stands in a field that would be sent. */
export const isFilled = (field: ConfigField, values: Values): boolean => sent(field, values, undefined) !== undefined;

/** A name that two rows of a map have. */
export function twice(entries: readonly Row[]): string | undefined {
  const names = entries.map(({ name }) => name.trim().toLowerCase()).filter((name) => name !== '');
  return names.find((name, index) => names.indexOf(name) !== index);
}

export const asSchema = (value: unknown): Schema => objectOf(value) as Schema;

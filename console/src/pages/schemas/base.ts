// What the text of a custom schema was made from, and what is sent beside it: description, reference and whether other
// fields are kept stand in the text, or beside it alone, as programs may send them.
import type { KnownSchema, SavedSchema, SchemaForm } from '../../api/intake';
import { readSchema } from './fields';
import { NEW_TEXT } from './template';

type Beside = Pick<SavedSchema, 'description' | 'referenceURL' | 'isFieldDiscoveryEnabled'>;
/** What a save is made from. */
export type Base = { spec: string; revision: number; beside: Beside };

const NOTHING: Beside = { description: '', referenceURL: '', isFieldDiscoveryEnabled: false };

/** A new schema begins with a text of its own. */
export function baseOf(known: KnownSchema | null): Base {
  return known ? { spec: known.spec, revision: known.schema.revision, beside: known.schema } : { spec: NEW_TEXT, revision: 0, beside: NOTHING };
}

/** From here on, what the server took. */
export function baseOfSaved(saved: SavedSchema): Base {
  return { spec: saved.spec, revision: saved.revision, beside: saved };
}

/** What is sent. What the text does not state stays as it was, but for what it stated before and does not any more. */
export function formOf(text: string, { spec, revision, beside }: Base): SchemaForm {
  const before = readSchema(spec);
  const now = readSchema(text);
  const kept = <Key extends keyof Beside>(key: Key) => ((before?.[key] ?? null) === null ? beside[key] : NOTHING[key]);
  return {
    spec: text, revision, description: now?.description ?? kept('description'), referenceURL: now?.referenceURL ?? kept('referenceURL'),
    isFieldDiscoveryEnabled: now?.isFieldDiscoveryEnabled ?? kept('isFieldDiscoveryEnabled'),
  };
}

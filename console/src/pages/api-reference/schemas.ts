// What a schema of the description means: names followed, kinds in words, an example of it.
import type { OpenApi, Schema } from '../../api/openapi';

/** A schema that was followed to what it names; `names` are those on the way. */
export type Followed = { schema: Schema; names: string[] };
/** One thing that may stand in an object. */
export type Member = { name: string; schema: Schema; isRequired: boolean };

/** Steps from name to name, so that a circle of them ends. */
const STEPS_MAX = 20;
/** Levels of an example. */
const DEPTH_MAX = 6;

/** Follows names, and takes away what only says that a value may be null. */
export function follow(document: OpenApi, start: Schema): Followed {
  const names: string[] = [];
  let schema = start;
  for (let step = 0; step < STEPS_MAX; step += 1) {
    const name = schema.$ref?.split('/').at(-1);
    const only = someOf(schema)?.filter(({ type }) => type !== 'null');
    if (name !== undefined) {
      names.push(name);
      const found = document.components?.schemas?.[name] ?? {};
      schema = { ...found, ...(schema.description ? { description: schema.description } : {}) };
    } else if (only?.length === 1 && only[0]) {
      schema = { ...only[0], description: schema.description ?? only[0].description };
    } else {
      break;
    }
  }
  return { schema, names };
}

const someOf = (schema: Schema): Schema[] | undefined => schema.oneOf ?? schema.anyOf;

/** What it may be one of, when there is a choice. */
export function alternatives(schema: Schema): Schema[] {
  return someOf(schema)?.filter(({ type }) => type !== 'null') ?? [];
}

/** The members of an object, those of everything it is made of included. */
export function membersOf(document: OpenApi, schema: Schema, step = 0): Member[] {
  if (step >= STEPS_MAX) return [];
  const parts = schema.allOf?.flatMap((part) => membersOf(document, follow(document, part).schema, step + 1)) ?? [];
  const own = Object.entries(schema.properties ?? {}).map(([name, member]) =>
    ({ name, schema: member, isRequired: schema.required?.includes(name) ?? false }));
  const rest = typeof schema.additionalProperties === 'object'
    ? [{ name: 'any name', schema: schema.additionalProperties, isRequired: false }] : [];
  return [...parts, ...own, ...rest];
}

/** Whether there is something to unfold. */
export function hasInside(document: OpenApi, schema: Schema, step = 0): boolean {
  const { schema: found } = follow(document, schema);
  if (step >= STEPS_MAX || membersOf(document, found).length > 0) return true;
  if (found.items) return hasInside(document, found.items, step + 1);
  return alternatives(found).some((one) => one.$ref !== undefined || one.properties !== undefined);
}

/** `text or null`, `list of Alert`, `whole number, 1 to 50`. */
export function kindOf(document: OpenApi, schema: Schema): string {
  const { schema: found, names } = follow(document, schema);
  const isNullable = [schema, found].some((one) => one.type?.includes('null') || someOf(one)?.some(({ type }) => type === 'null'));
  const kind = names.at(-1) ?? bareKind(document, found);
  return `${kind}${isNullable ? ' or null' : ''}${limits(found)}`;
}

const KINDS: Record<string, string> = { string: 'text', integer: 'whole number', number: 'number', boolean: 'yes or no', object: 'object' };

function bareKind(document: OpenApi, schema: Schema): string {
  const type = [schema.type].flat().find((one) => one !== 'null');
  if (type === 'array' || schema.items) return `list of ${kindOf(document, schema.items ?? {})}`;
  if (alternatives(schema).length > 0) return 'one of several';
  return type === undefined ? (schema.allOf ? 'object' : 'anything') : KINDS[type] ?? type;
}

function limits({ minimum, maximum, minLength, maxLength, minItems, maxItems }: Schema): string {
  const said = (least: number | undefined, most: number | undefined, unit: string) => {
    if (least === undefined && most === undefined) return '';
    if (most === undefined) return `, at least ${least}${unit}`;
    return least === undefined ? `, at most ${most}${unit}` : `, ${least} to ${most}${unit}`;
  };
  return said(minimum, maximum, '') + said(minLength, maxLength, ' characters') + said(minItems, maxItems, ' entries');
}

/** The words that a value may be. */
export function wordsOf(document: OpenApi, schema: Schema): unknown[] {
  const { schema: found } = follow(document, schema);
  if (found.const !== undefined) return [found.const];
  return found.enum ?? alternatives(found).flatMap((one) => (one.const === undefined ? one.enum ?? [] : [one.const]));
}

/** A value that the schema takes, with what has to be there. */
export function exampleOf(document: OpenApi, start: Schema, depth = 0): unknown {
  const { schema } = follow(document, start);
  const words = wordsOf(document, schema);
  if (words.length > 0) return words[0];
  if (schema.default !== undefined && schema.default !== null) return schema.default;
  const [first] = alternatives(schema);
  if (first && depth < DEPTH_MAX) return exampleOf(document, first, depth + 1);
  const type = schema.allOf || schema.properties ? 'object' : [schema.type].flat().find((one) => one !== 'null');
  switch (type) {
    case 'array': return depth < DEPTH_MAX && schema.items ? [exampleOf(document, schema.items, depth + 1)] : [];
    case 'object': {
      if (depth >= DEPTH_MAX) return {};
      const needed = membersOf(document, schema).filter(({ isRequired }) => isRequired);
      return Object.fromEntries(needed.map(({ name, schema: member }) => [name, exampleOf(document, member, depth + 1)]));
    }
    case 'integer': case 'number': return schema.minimum ?? 0;
    case 'boolean': return false;
    default: return '…';
  }
}

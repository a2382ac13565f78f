// What is in a GraphQL document that is being typed.
import { Kind, parse, print, type OperationDefinitionNode, type OperationTypeNode } from 'graphql';

export type Operation = { name: string | null; kind: `${OperationTypeNode}`; from: number; to: number };

/** The operations of a document; none while it cannot be read. */
export function operationsOf(query: string): Operation[] {
  try {
    const found = parse(query).definitions.filter((one): one is OperationDefinitionNode => one.kind === Kind.OPERATION_DEFINITION);
    return found.map(({ name, operation, loc }) => ({ name: name?.value ?? null, kind: operation, from: loc?.start ?? 0, to: loc?.end ?? 0 }));
  } catch {
    return [];
  }
}

/** A name for a tab: that of the first operation, else its first field, else its first line. */
export function titleOf(query: string): string {
  const [first] = operationsOf(query);
  if (first?.name) return first.name;
  const field = /\{\s*(\w+)/.exec(query)?.[1];
  return field ?? (query.trim().split('\n')[0]?.slice(0, 30) || 'empty');
}

/** The document in one form; fails with a sentence when it cannot be read or would lose something. */
export function prettified(query: string): string {
  if (/(^|\s)#/m.test(query)) throw new Error('it has comments, which would be lost; take them out first');
  return print(parse(query));
}

/** Variables as they are sent; fails with a sentence. */
export function variablesOf(text: string): unknown {
  if (text.trim() === '') return {};
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (thrown) {
    throw new Error(`they are no JSON: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error('they have to be one JSON object, such as {"id": "…"}');
  return value;
}

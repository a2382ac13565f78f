// Types and fields of the schema that are called like a text.
import { isInputObjectType, isInterfaceType, isObjectType, type GraphQLNamedType, type GraphQLSchema } from 'graphql';

export type Match = { type: string; field: string | null; about: string };
/** More are not listed. */
export const MATCHES_MAX = 60;

/** The types of the server, without those that describe types. */
export function typesOf(schema: GraphQLSchema): GraphQLNamedType[] {
  return Object.values(schema.getTypeMap()).filter(({ name }) => !name.startsWith('__')).sort((a, b) => a.name.localeCompare(b.name));
}

export function matchesIn(schema: GraphQLSchema, text: string): Match[] {
  const wanted = text.toLowerCase();
  const has = (...texts: (string | null | undefined)[]) => texts.some((one) => one?.toLowerCase().includes(wanted));
  return typesOf(schema).flatMap((type) => {
    const own: Match[] = has(type.name) ? [{ type: type.name, field: null, about: type.description ?? '' }] : [];
    return own.concat(fieldsOf(type).filter(({ name, description }) => has(name, description))
      .map(({ name, description }) => ({ type: type.name, field: name, about: description ?? '' })));
  });
}

function fieldsOf(type: GraphQLNamedType): { name: string; description?: string | null }[] {
  if (isObjectType(type) || isInterfaceType(type) || isInputObjectType(type)) return Object.values(type.getFields());
  return [];
}

// GraphQL: what the server's schema is, and running a document as it was typed.
import { queryOptions } from '@tanstack/react-query';
import { ask } from './client';
import { Problem } from './problem';
import { askRaw, type RawAnswer } from './raw';

export const GRAPHQL_PATH = '/public/graphql';

/** One thing that a document failed with. */
export type GraphqlError = {
  message: string; path?: (string | number)[]; locations?: { line: number; column: number }[]; extensions?: { code?: string };
};
type Introspected = { data?: unknown; errors?: GraphqlError[] };

/** What introspection answers with; every session may ask. */
export const introspectionQuery = (question: string) => queryOptions({
  queryKey: ['graphql-schema'],
  queryFn: async ({ signal }): Promise<unknown> => {
    const answer = await ask<Introspected>('POST', GRAPHQL_PATH, { body: { query: question }, signal });
    if (!answer.data) throw new Problem(200, answer.errors?.[0]?.message ?? 'the server gave no schema');
    return answer.data;
  },
  staleTime: Infinity,
});

export type Run = { query: string; variables: unknown; operationName: string | null; token: string | null };

/** Runs a document as the session, or with a token and without the session. */
export function runDocument({ query, variables, operationName, token }: Run, signal: AbortSignal): Promise<RawAnswer> {
  const body = JSON.stringify({ query, variables, ...(operationName === null ? {} : { operationName }) });
  return askRaw('POST', GRAPHQL_PATH, { body, headers: { 'Content-Type': 'application/json' }, signal, ...(token === null ? {} : { token }) });
}

/** The errors in an answer, if it has any. */
export function errorsIn(value: unknown): GraphqlError[] {
  if (typeof value !== 'object' || value === null || !('errors' in value) || !Array.isArray(value.errors)) return [];
  return value.errors.filter((one): one is GraphqlError => typeof one === 'object' && one !== null && 'message' in one);
}

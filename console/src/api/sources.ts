// Log sources of all kinds and how they do. REST shows each of its own kind alone, so that GraphQL is asked.
import { queryOptions } from '@tanstack/react-query';
import { ask } from './client';
import { Problem } from './problem';

export type Source = {
  integrationId: string; integrationLabel: string; integrationType: string; isHealthy: boolean; logTypes: string[];
  lastEventReceivedAtTime: string | null;
};
type Answer = { data?: { sources: { edges: { node: Source }[] } } | null; errors?: { message: string }[] };

const QUESTION = `query {
  sources { edges { node {
    integrationId integrationLabel integrationType isHealthy logTypes lastEventReceivedAtTime
  } } }
}`;

export const sourcesQuery = queryOptions({
  queryKey: ['sources'],
  queryFn: async ({ signal }): Promise<Source[]> => {
    const answer = await ask<Answer>('POST', '/public/graphql', { body: { query: QUESTION }, signal });
    if (!answer.data) throw new Problem(200, answer.errors?.[0]?.message ?? 'the server gave no sources');
    return answer.data.sources.edges.map((edge) => edge.node);
  },
});

// Looks for things by name in several lists of the API at once, a few of each. Who may not see a list is not asked
// about it, and a list that cannot be searched is named rather than left out.
import { queryOptions, type QueryClient } from '@tanstack/react-query';
import { destinationsQuery } from './alerts';
import { ask } from './client';
import { problemOf } from './problem';
import { sourcesQuery } from './sources';
import type { Alert, AlertPage, ListedItemPage, Permission, UserPage } from './types';

/** Something found, and the page that shows it. */
export type Found = { kind: string; id: string; title: string; about: string; to: string; params?: { id: string }; search?: Record<string, string> };
export type Findings = { found: Found[]; failed: string[] };

/** Shorter texts find too much to be of use. */
export const CHARACTERS_MIN = 2;
const FOUND_MAX = 5;
const CHARACTERS_MAX = 200;

type Look = { text: string; queries: QueryClient; signal: AbortSignal };
type Place = { kind: string; needs: Permission; look: (look: Look) => Promise<Found[]> };

const PLACES: readonly Place[] = [
  { kind: 'Alert', needs: 'AlertRead', look: alerts },
  { kind: 'Detection', needs: 'RuleRead', look: detections },
  { kind: 'Destination', needs: 'DestinationRead', look: destinations },
  { kind: 'Log source', needs: 'LogSourceRead', look: sources },
  { kind: 'User', needs: 'UserRead', look: users },
];

/** What is like the text, in every place that may be looked at. */
export const findingsQuery = (text: string, permissions: readonly string[], queries: QueryClient) =>
  queryOptions({
    queryKey: ['jump', text],
    queryFn: async ({ signal }): Promise<Findings> => {
      const open = PLACES.filter(({ needs }) => permissions.includes(needs));
      const look = { text: text.slice(0, CHARACTERS_MAX), queries, signal };
      const answers = await Promise.allSettled(open.map((place) => place.look(look)));
      signal.throwIfAborted();
      return {
        found: answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value.slice(0, FOUND_MAX) : [])),
        failed: answers.flatMap((answer, at) => (answer.status === 'fulfilled' ? []
          : [`${open[at]?.kind ?? ''}s could not be searched: ${problemOf(answer.reason).message}`])),
      };
    },
    enabled: text.length >= CHARACTERS_MIN,
    staleTime: 10_000,
  });

const ALERT_ID = /^[0-9a-f]{16,64}$/i;

async function alerts({ text, signal }: Look): Promise<Found[]> {
  const shown = ({ id, title, severity, status }: Alert): Found =>
    ({ kind: 'Alert', id, title, about: `${severity.toLowerCase()}, ${status.toLowerCase()}`, to: '/alerts/$id', params: { id } });
  if (ALERT_ID.test(text)) {
    try {
      return [shown(await ask<Alert>('GET', `/alerts/${text}`, { signal }))];
    } catch (thrown) {
      if (problemOf(thrown).status !== 404) throw thrown;
    }
  }
  const page = await ask<AlertPage>('GET', '/alerts', { query: { 'name-contains': text, limit: FOUND_MAX }, signal });
  return page.results.map(shown);
}

async function detections({ text, signal }: Look): Promise<Found[]> {
  const page = await ask<ListedItemPage>('GET', '/internal/detections', { query: { 'name-contains': text, limit: FOUND_MAX }, signal });
  return page.results.map(({ id, displayName, kind }) => ({
    kind: 'Detection', id, title: displayName || id, about: displayName ? id : kind.toLowerCase(), to: '/detections/$id', params: { id },
  }));
}

/** Both lists are short, and the server gives them whole. What is kept of them counts while it is fresh. */
async function destinations({ text, queries }: Look): Promise<Found[]> {
  const { results } = await queries.fetchQuery(destinationsQuery);
  return results.filter(({ id, displayName, type }) => isLike(text, displayName, type, id))
    .map(({ id, displayName, type }) => ({ kind: 'Destination', id, title: displayName, about: type, to: '/destinations/$id', params: { id } }));
}

async function sources({ text, queries }: Look): Promise<Found[]> {
  const results = await queries.fetchQuery(sourcesQuery);
  return results.filter(({ integrationId, integrationLabel }) => isLike(text, integrationLabel, integrationId))
    .map(({ integrationId: id, integrationLabel, logTypes }) => ({
      kind: 'Log source', id, title: integrationLabel, about: logTypes.join(', '), to: '/log-sources/$id', params: { id },
    }));
}

function isLike(text: string, ...names: string[]): boolean {
  return names.some((name) => name.toLowerCase().includes(text.toLowerCase()));
}

async function users({ text, signal }: Look): Promise<Found[]> {
  const page = await ask<UserPage>('GET', '/users', { query: { contains: text, limit: FOUND_MAX }, signal });
  return page.results.map(({ id, email, givenName, familyName }) => ({
    kind: 'User', id, title: `${givenName} ${familyName}`.trim() || email, about: email, to: '/settings/users', search: { contains: email },
  }));
}

// Names of those who act: people by name where one may see them, programs as what they are.
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { tokensQuery, usersQuery } from '../../api/people';
import type { Actor, ApiToken, User } from '../../api/types';
import { useMay, useSession } from '../../app/session';

export type People = {
  /** What to write for somebody. */
  nameOf: (actor: Actor | null | undefined) => string;
  /** Who can be given an alert, oneself first. */
  assignees: readonly (readonly [string, string])[];
};

export function usePeople(): People {
  const { user } = useSession();
  const may = useMay();
  const users = useInfiniteQuery({ ...usersQuery({}), enabled: may('UserRead') });
  const tokens = useQuery({ ...tokensQuery, enabled: may('OrganizationAPITokenRead') });
  const { data: pages } = users;
  const { data: held } = tokens;
  // The same object as long as nothing changed, so that long lists are not drawn again for nothing.
  return useMemo(() => peopleOf(user, pages?.pages.flatMap((page) => page.results) ?? [], held?.results ?? []), [user, pages, held]);
}

function peopleOf(user: User, known: readonly User[], tokens: readonly ApiToken[]): People {
  const names = new Map(known.map((one) => [one.id, `${one.givenName} ${one.familyName}`.trim() || one.email]));
  const programs = new Map(tokens.map((token) => [token.id, token.name]));
  names.set(user.id, `${user.givenName} ${user.familyName}`.trim() || user.email);
  const nameOf = (actor: Actor | null | undefined) => {
    if (!actor) return '';
    if (actor.type === 'system') return 'Margay';
    if (actor.type === 'api-token') return `the API token ${programs.get(actor.id) ?? actor.id}`;
    return names.get(actor.id) ?? actor.id;
  };
  const others = known.filter((one) => one.enabled && one.id !== user.id);
  const assignees = [[user.id, `${names.get(user.id)} (you)`] as const,
    ...others.map((one) => [one.id, names.get(one.id) ?? one.email] as const)];
  return { nameOf, assignees };
}

// Names of those who act: people by name, programs as what they are.
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useMemo } from 'react';
import { namesQuery, tokensQuery } from '../../api/people';
import type { Actor, ApiToken, NamedPersonList, User } from '../../api/types';
import { useMay, useSession } from '../../app/session';

export type People = {
  /** What to write for somebody. */
  nameOf: (actor: Actor | null | undefined) => string;
  /** Who can be given an alert, oneself first. */
  assignees: readonly (readonly [string, string])[];
};

/** The form of the ids of users; an assignee may be any text that a program gave. */
const USER_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Since when somebody has no name here. A list of names that was read later has everybody who is not deleted. */
const namelessSince = new Map<string, number>();

export function usePeople(): People {
  const queries = useQueryClient();
  const { user } = useSession();
  const may = useMay();
  const { data: known, dataUpdatedAt } = useQuery(namesQuery);
  const { data: held } = useQuery({ ...tokensQuery, enabled: may('OrganizationAPITokenRead') });
  // The same object as long as nothing was read, so that long lists are not drawn again for nothing.
  return useMemo(() => {
    const isGone = (id: string) => {
      const since = namelessSince.get(id);
      if (since !== undefined) return dataUpdatedAt > since;
      namelessSince.set(id, Date.now());
      // Names are asked for while a page is drawn, and lists are read after that: once for all who were met.
      queueMicrotask(() => void queries.invalidateQueries({ queryKey: namesQuery.queryKey }, { cancelRefetch: false }));
      return false;
    };
    return peopleOf(user, known, held?.results ?? [], isGone);
  }, [queries, user, known, dataUpdatedAt, held]);
}

type IsGone = (id: string) => boolean;

function peopleOf(user: User, known: NamedPersonList | undefined, tokens: readonly ApiToken[], isGone: IsGone): People {
  const people = known?.results ?? [];
  const names = new Map(people.map(({ id, name }) => [id, name]));
  const programs = new Map(tokens.map((token) => [token.id, token.name]));
  names.set(user.id, `${user.givenName} ${user.familyName}`.trim() || user.email);
  // Who is deleted has no name any more; who is not among the first thousands has one that is not known here.
  const isEverybody = known?.truncated === false;
  const nameless = (id: string) => (isEverybody && USER_ID.test(id) && isGone(id) ? `somebody who is gone (${id.slice(0, 8)})` : id);
  const nameOf = (actor: Actor | null | undefined) => {
    if (!actor) return '';
    if (actor.type === 'system') return 'Margay';
    if (actor.type === 'api-token') return `the API token ${programs.get(actor.id) ?? actor.id}`;
    return names.get(actor.id) ?? nameless(actor.id);
  };
  const others = people.filter(({ id, isEnabled }) => isEnabled && id !== user.id);
  const assignees = [[user.id, `${names.get(user.id)} (you)`] as const, ...others.map(({ id, name }) => [id, name] as const)];
  return { nameOf, assignees };
}

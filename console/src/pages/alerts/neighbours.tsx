// The way on: the next alert of the list that one came from, the one before, and back to the list.
import { Button, Flex, FlexItem } from '@patternfly/react-core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useEffect } from 'react';
import { problemOf } from '../../api/problem';
import { useSay } from '../../app/notices';
import type { AlertTab } from '../../app/searches-alerts';
import { cameFrom, noteNow } from './came-from';
import { loadNextPage } from './go-on';
import { useKeys } from './keys';

export function Neighbours({ id, tab }: { id: string; tab: AlertTab }) {
  const navigate = useNavigate();
  const queries = useQueryClient();
  const say = useSay();
  const { search, before, next, at, of, isMore } = cameFrom(id);
  const loading = useMutation({
    mutationFn: () => loadNextPage(queries),
    onError: (thrown) => say(`The next alert could not be loaded: ${problemOf(thrown).message}`, 'danger'),
  });
  useEffect(() => noteNow(id), [id]);
  const go = (to: string | undefined) => {
    if (to) void navigate({ to: '/alerts/$id', params: { id: to }, search: tab === 'details' ? {} : { tab }, replace: true });
  };
  const goNext = () => {
    if (next) go(next);
    else if (at >= 0 && isMore && !loading.isPending) loading.mutate(undefined, { onSuccess: () => go(cameFrom(id).next) });
  };
  const goBefore = () => go(before);
  useKeys({
    j: { does: 'next alert of the list; so does ]', act: goNext }, ']': goNext,
    k: { does: 'alert before; so does [', act: goBefore }, '[': goBefore,
    u: { does: 'back to the list', act: () => void navigate({ to: '/alerts', search, state: { alert: id } }) },
  }, 'The alert');
  return (
    <Flex flexWrap={{ default: 'nowrap' }} spaceItems={{ default: 'spaceItemsSm' }} alignItems={{ default: 'alignItemsCenter' }}>
      <FlexItem><Link to="/alerts" search={search} state={{ alert: id }}>Back to the list</Link></FlexItem>
      {at >= 0 && (
        <>
          <FlexItem><Button variant="secondary" size="sm" isDisabled={!before} onClick={goBefore} aria-label="The alert before">Before</Button></FlexItem>
          <FlexItem className="small subtle moment">{at + 1} of {of}{isMore && ' and more'}</FlexItem>
          <FlexItem>
            <Button variant="secondary" size="sm" isDisabled={!next && !isMore} isAriaDisabled={loading.isPending} isLoading={loading.isPending}
              onClick={goNext} aria-label="The next alert">
              Next
            </Button>
          </FlexItem>
        </>
      )}
    </Flex>
  );
}

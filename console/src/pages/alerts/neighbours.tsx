// The way on: the next alert of the list that one came from, the one before, and back to the list.
import { Button, Flex, FlexItem } from '@patternfly/react-core';
import { Link, useNavigate } from '@tanstack/react-router';
import { useEffect } from 'react';
import type { AlertTab } from '../../app/searches-alerts';
import { cameFrom, noteNow } from './came-from';
import { useKeys } from './keys';

export function Neighbours({ id, tab }: { id: string; tab: AlertTab }) {
  const navigate = useNavigate();
  const { search, before, next, at, of } = cameFrom(id);
  useEffect(() => noteNow(id), [id]);
  const go = (to: string | undefined) => {
    if (to) void navigate({ to: '/alerts/$id', params: { id: to }, search: tab === 'details' ? {} : { tab }, replace: true });
  };
  const goNext = () => go(next);
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
          <FlexItem className="small subtle moment">{at + 1} of {of}</FlexItem>
          <FlexItem><Button variant="secondary" size="sm" isDisabled={!next} onClick={goNext} aria-label="The next alert">Next</Button></FlexItem>
        </>
      )}
    </Flex>
  );
}

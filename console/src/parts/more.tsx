// The end of a list that the server gives a page at a time.
import { Button, Flex, FlexItem } from '@patternfly/react-core';
import type { UseInfiniteQueryResult } from '@tanstack/react-query';
import { Failure } from './failure';

type Props = { query: UseInfiniteQueryResult; shown: number; what: string };

export function More({ query, shown, what }: Props) {
  const { hasNextPage, isFetchingNextPage, isFetchNextPageError, error, fetchNextPage } = query;
  return (
    <Flex className="more" alignItems={{ default: 'alignItemsCenter' }}>
      <FlexItem className="subtle" aria-live="polite">{shown} {what}{hasNextPage ? ' shown' : ''}</FlexItem>
      {isFetchNextPageError && <Failure title="The next page could not be loaded" thrown={error} />}
      {hasNextPage && (
        <Button variant="link" isLoading={isFetchingNextPage} isDisabled={isFetchingNextPage}
          onClick={() => void fetchNextPage()}>
          Show more
        </Button>
      )}
    </Flex>
  );
}

// The failures of one source, newest first.
import { useInfiniteQuery } from '@tanstack/react-query';
import { failuresQuery, type SourceOverview } from '../../api/intake';
import { Failure } from '../../parts/failure';
import { Waiting } from '../../parts/loaded';
import { More } from '../../parts/more';
import { Nothing } from '../../parts/nothing';
import { FailureRows } from './failure-rows';

export function SourceFailures({ source }: { source: SourceOverview }) {
  const failures = useInfiniteQuery(failuresQuery(source.id));
  const found = failures.data?.pages.flatMap((page) => page.results) ?? [];
  if (!source.volume) return <Nothing title="Not yours to see">What fits no schema may be of any log type of this source, and your role does not show all of them.</Nothing>;
  if (failures.isError && !failures.data) {
    return <Failure title="Failures could not be loaded" thrown={failures.error} onRetry={() => void failures.refetch()} />;
  }
  if (failures.isPending) return <Waiting what="failures" />;
  if (found.length === 0) return <Nothing title="No failure">Every record that came and is kept count of fits a schema.</Nothing>;
  return (
    <>
      <FailureRows failures={found} />
      <More query={failures} shown={found.length} what={found.length === 1 ? 'failure' : 'failures'} />
    </>
  );
}

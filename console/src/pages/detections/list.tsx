// Detections: the list, its filters, and switching many on and off.
import { Button } from '@patternfly/react-core';
import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { allIds, itemsQuery, switchItems, SWITCHED_MAX, type ItemFilter } from '../../api/detections';
import type { ListedItem } from '../../api/types';
import { useSay } from '../../app/notices';
import { useMay } from '../../app/session';
import { Failure } from '../../parts/failure';
import { useKeys } from '../../parts/keys';
import { Waiting } from '../../parts/loaded';
import { More } from '../../parts/more';
import { Nothing } from '../../parts/nothing';
import { PageFrame } from '../../parts/page';
import { usePeople } from '../alerts/people';
import { BulkBar } from './bulk-bar';
import { Filters } from './filters';
import { DetectionTable } from './table';
import { useBulkWork } from './use-work';

const NONE: ReadonlySet<string> = new Set();

export function DetectionsPage() {
  const filter = useSearch({ from: '/shell/detections' });
  const navigate = useNavigate({ from: '/detections' });
  const items = useInfiniteQuery(itemsQuery(filter));
  const found = items.data?.pages.flatMap((page) => page.results) ?? [];
  const total = items.data?.pages[0]?.total ?? 0;
  const may = useMay();
  const people = usePeople();
  const queries = useQueryClient();
  const say = useSay();
  const [selected, setSelected] = useState(NONE);
  /** How many of a filter can be selected, once all were asked for. */
  const [all, setAll] = useState<{ of: string; count: number } | null>(null);
  const [now, setNow] = useState(0);
  const { isBusy, run } = useBulkWork();
  const mayChange = may('RuleModify');
  // A change with a policy in it is refused as a whole.
  const mayTake = ({ kind }: ListedItem) => kind !== 'policy' || may('PolicyModify');
  const isWithoutPolicies = may('PolicyRead') && !may('PolicyModify') && (filter.kind?.includes('policy') ?? true);

  const show = (part: ItemFilter) => {
    setNow(0);
    setSelected(NONE);
    void navigate({ search: (old) => ({ ...old, ...part }), replace: true });
  };
  const toggle = (id: string) => setSelected((old) => {
    const next = new Set(old);
    if (!next.delete(id)) next.add(id);
    return next;
  });
  const change = (enabled: boolean) => run(async () => {
    const { ids } = await switchItems([...selected], enabled);
    setSelected(NONE);
    setAll(null);
    say(`${ids.length === 1 ? ids[0] : `${ids.length} detections`}: ${enabled ? 'enabled' : 'disabled'}`);
    await queries.invalidateQueries({ queryKey: ['detections'] });
  }, 'Nothing was changed');
  const shown = JSON.stringify(filter);
  const most = isWithoutPolicies && all?.of === shown ? all.count : Math.min(total, SWITCHED_MAX);
  const selectAll = () => run(async () => {
    const ids = await allIds(filter, mayTake);
    setSelected(new Set(ids));
    setAll({ of: shown, count: ids.length });
  }, 'Not all could be selected');

  const at = Math.min(now, Math.max(0, found.length - 1));
  const current = found[at];
  useKeys({
    j: { does: 'next detection', act: () => setNow(Math.min(at + 1, found.length - 1)) },
    k: { does: 'detection before', act: () => setNow(Math.max(at - 1, 0)) },
    o: { does: 'opens it', act: () => { if (current) void navigate({ to: '/detections/$id', params: { id: current.id } }); } },
    ...(mayChange ? { x: { does: 'selects it', act: () => { if (current && mayTake(current)) toggle(current.id); } } } : {}),
  }, 'Detections');

  const make = mayChange && <Button component={(props) => <Link {...props} to="/detections/new" />}>New detection</Button>;
  const isFiltered = Object.keys(filter).some((key) => key !== 'sort');
  return (
    <PageFrame title="Detections" about="What looks at events and makes alerts." actions={make}>
      <Filters filter={filter} onChange={show} />
      {mayChange && selected.size > 0 && (
        <BulkBar count={selected.size} total={total} max={SWITCHED_MAX} most={most} isWithoutPolicies={isWithoutPolicies} isBusy={isBusy}
          onSwitch={(on) => void change(on)} onAll={() => void selectAll()} onClear={() => setSelected(NONE)} />
      )}
      {items.isError && !items.isFetchNextPageError && (
        <Failure title="Detections could not be loaded" thrown={items.error} onRetry={() => void items.refetch()} />
      )}
      {items.isPending && <Waiting what="detections" />}
      {items.data && found.length === 0 && (isFiltered
        ? (
          <Nothing title="No detection is like that"
            action={<Button variant="link" onClick={() => void navigate({ search: {} })}>Show all</Button>}>
            Try fewer filters.
          </Nothing>
        )
        : <Nothing title="There are no detections" action={make}>Write one here, or name a directory of them under `content` in the configuration.</Nothing>
      )}
      {found.length > 0 && (
        <>
          <DetectionTable items={found} people={people} now={at} selected={selected} sort={filter.sort ?? 'name'}
            onSort={(sort) => show({ sort: sort === 'name' ? undefined : sort })} onSelect={mayChange ? toggle : undefined} mayTake={mayTake}
            onSelectAll={(isOn) => setSelected(isOn ? new Set(found.filter(mayTake).map(({ id }) => id)) : NONE)} />
          <More query={items} shown={found.length} what={`of ${total} ${total === 1 ? 'detection' : 'detections'}`} />
          <p className="keys subtle small">
            <kbd>j</kbd> next, <kbd>k</kbd> before, <kbd>o</kbd> open{mayChange && <>, <kbd>x</kbd> select</>}
          </p>
        </>
      )}
    </PageFrame>
  );
}

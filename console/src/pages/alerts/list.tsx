// Alerts: the list, its filters, and triage by keyboard.
import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { Button } from '@patternfly/react-core';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { alertsQuery, updateAlerts, type AlertFilter } from '../../api/alerts';
import { problemOf } from '../../api/problem';
import type { AlertPatch } from '../../api/types';
import { useSay } from '../../app/notices';
import { useMay } from '../../app/session';
import { Failure } from '../../parts/failure';
import { Waiting } from '../../parts/loaded';
import { More } from '../../parts/more';
import { Nothing } from '../../parts/nothing';
import { PageFrame } from '../../parts/page';
import { STATUS_WORDS } from '../../parts/severity';
import { BulkBar } from './bulk-bar';
import { Filters } from './filters';
import { KeyHelp, useKeys } from './keys';
import { usePeople } from './people';
import { AlertTable } from './table';

/** What is shown as long as nobody says otherwise: what waits for somebody. */
const DEFAULT: AlertFilter = { status: ['OPEN', 'TRIAGED'] };

export function AlertsPage() {
  const search = useSearch({ from: '/shell/alerts' });
  const navigate = useNavigate({ from: '/alerts' });
  const filter: AlertFilter = { ...DEFAULT, ...search };
  const alerts = useInfiniteQuery(alertsQuery(filter));
  const found = alerts.data?.pages.flatMap((page) => page.results) ?? [];
  const may = useMay();
  const people = usePeople();
  const queries = useQueryClient();
  const say = useSay();
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const [now, setNow] = useState(0);
  const mayChange = may('AlertModify');
  const chosen = found.filter(({ id }) => selected.has(id)).map(({ id }) => id);

  const toggle = (id: string) => setSelected((old) => {
    const next = new Set(old);
    if (!next.delete(id)) next.add(id);
    return next;
  });
  const change = async (ids: string[], patch: AlertPatch, done: string) => {
    try {
      await updateAlerts(ids, patch);
      setSelected(new Set());
      say(`${ids.length === 1 ? '1 alert' : `${ids.length} alerts`}: ${done}`);
    } catch (thrown) {
      say(`Nothing was changed: ${problemOf(thrown).message}`, 'danger');
    }
    await queries.invalidateQueries({ queryKey: ['alerts'] });
  };
  const at = Math.min(now, Math.max(0, found.length - 1));
  const current = found[at];
  useKeys({
    j: () => setNow(Math.min(at + 1, found.length - 1)),
    k: () => setNow(Math.max(at - 1, 0)),
    o: () => { if (current) void navigate({ to: '/alerts/$id', params: { id: current.id } }); },
    ...(mayChange ? {
      x: () => { if (current) toggle(current.id); },
      e: () => {
        const ids = chosen.length > 0 ? chosen : current ? [current.id] : [];
        if (ids.length > 0) void change(ids, { status: 'RESOLVED' }, STATUS_WORDS.RESOLVED);
      },
    } : {}),
  });

  return (
    <PageFrame title="Alerts">
      <Filters filter={filter} people={people}
        onChange={(part) => { setNow(0); void navigate({ search: (old) => ({ ...old, ...part }), replace: true }); }} />
      {mayChange && chosen.length > 0 && (
        <BulkBar count={chosen.length} people={people} onClear={() => setSelected(new Set())}
          onChange={(patch, done) => void change(chosen, patch, done)} />
      )}
      {alerts.isError && !alerts.isFetchNextPageError && (
        <Failure title="Alerts could not be loaded" thrown={alerts.error} onRetry={() => void alerts.refetch()} />
      )}
      {alerts.isPending && <Waiting what="alerts" />}
      {alerts.data && found.length === 0 && (
        <Nothing title="No alert is like that"
          action={<Button variant="link" onClick={() => void navigate({ search: {} })}>Show open and triaged alerts</Button>}>
          Without other dates, alerts of the last 30 days are looked at. Try fewer filters.
        </Nothing>
      )}
      {found.length > 0 && (
        <>
          <AlertTable alerts={found} people={people} now={at} selected={selected} onSelect={mayChange ? toggle : undefined}
            onSelectAll={(isOn) => setSelected(isOn ? new Set(found.map(({ id }) => id)) : new Set())} />
          <More query={alerts} shown={found.length} what={found.length === 1 ? 'alert' : 'alerts'} />
          <KeyHelp mayChange={mayChange} />
        </>
      )}
    </PageFrame>
  );
}

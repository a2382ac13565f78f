// Alerts: the list, its filters and views, work on many at once, and triage by keyboard.
import { Button, Tab, Tabs, TabTitleText } from '@patternfly/react-core';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useRef, useState } from 'react';
import { PAGE_ALERTS, type AlertClass } from '../../api/alerts';
import type { SavedView } from '../../api/types';
import { filterOf, readBack, type AlertListSearch } from '../../app/searches-alerts';
import { useMay } from '../../app/session';
import { Failure } from '../../parts/failure';
import { Waiting } from '../../parts/loaded';
import { Nothing } from '../../parts/nothing';
import { PageFrame } from '../../parts/page';
import { BulkBar } from './bulk-bar';
import { Chips } from './chips';
import { CommentDialog } from './comment-dialog';
import { Filters } from './filters';
import { KeyHint } from './keys';
import { MoreAlerts } from './more-alerts';
import { usePeople } from './people';
import { AlertTable } from './table';
import { useCursor } from './use-cursor';
import { useAlertList } from './use-list';
import { useListKeys } from './use-list-keys';
import { useOpeningView } from './use-opening-view';
import { useSelection } from './use-selection';
import { Views } from './views';

const TABS = [['ALERT', 'Alerts'], ['DETECTION_ERROR', 'Detection errors'], ['SYSTEM_ERROR', 'System errors']] as const;

export function AlertsPage() {
  const search = useSearch({ from: '/shell/alerts' });
  const isReady = useOpeningView(search);
  return isReady ? <AlertList search={search} /> : <Waiting what="your view" />;
}

function AlertList({ search }: { search: AlertListSearch }) {
  const navigate = useNavigate({ from: '/alerts' });
  const { view: _view, ...own } = search;
  const filter = filterOf(search);
  const { list, pages, found, waiting, showFresh } = useAlertList(filter);
  const selection = useSelection(filter);
  const { selected, choose, toggle, selectAll, act, work, isMore } = selection;
  const may = useMay();
  const people = usePeople();
  const cursor = useCursor(search, found, pages.at(-1)?.next ?? null);
  const [commenting, setCommenting] = useState<readonly string[] | null>(null);
  const top = useRef<HTMLDivElement>(null);
  const mayChange = may('AlertModify');
  useListKeys({ filter, found, cursor, selection, onComment: setCommenting });

  const show = (next: AlertListSearch) => {
    cursor.first();
    void navigate({ search: next, replace: true });
  };
  const clear = () => show({ type: search.type, view: 'none' });
  const openView = (view: SavedView | null) => show(view ? { ...readBack(view.search), view: view.id } : { view: 'none' });
  return (
    <PageFrame title="Alerts" actions={<Views search={search} onOpen={openView} />}>
      <Tabs activeKey={search.type ?? 'ALERT'} aria-label="Kinds of alerts" className="kinds"
        onSelect={(_event, key) => show({ ...search, 'sub-type': undefined, type: key === 'ALERT' ? undefined : key as AlertClass })}>
        {TABS.map(([key, title]) => <Tab key={key} eventKey={key} tabContentId="alert-list" title={<TabTitleText>{title}</TabTitleText>} />)}
      </Tabs>
      <div id="alert-list" role="tabpanel" aria-label={TABS.find(([key]) => key === (search.type ?? 'ALERT'))?.[1]}>
        <div ref={top}><Filters filter={filter} own={own} people={people} onChange={(part) => show({ ...search, ...part })} /></div>
        <Chips filter={own} people={people} onChange={(part) => show({ ...search, ...part })} onClear={clear} />
        {mayChange && (selected.size > 0 || work) && (
          <BulkBar count={selected.size} people={people} work={work} isMore={isMore}
            canSelectAll={list.hasNextPage && found.every(({ id }) => selected.has(id)) && selected.size <= found.length}
            onChange={(patch, done) => void act([...selected], { patch }, done)} onComment={() => setCommenting([...selected])}
            onSelectAll={() => void selectAll()} onClear={() => choose([])} />
        )}
        <p aria-live="polite" className="fresh">
          {waiting > 0 && (
            <Button variant="secondary" isBlock onClick={() => { showFresh(); cursor.first(); top.current?.scrollIntoView(); }}>
              {waiting === 1 ? '1 new alert' : `${waiting}${waiting >= PAGE_ALERTS ? ' or more' : ''} new alerts`}
            </Button>
          )}
        </p>
        {list.isError && !list.isFetchNextPageError && (
          <Failure title="Alerts could not be loaded" thrown={list.error} onRetry={() => void list.refetch()} />
        )}
        {list.isPending && <Waiting what="alerts" />}
        {list.data && found.length === 0 && !list.isFetching && (
          <Nothing title="No alert is like that"
            action={<Button variant="link" onClick={() => show({ type: search.type, view: 'none' })}>Show what is open and triaged</Button>}>
            Without other dates, alerts of the last 30 days are looked at. Try fewer filters.
          </Nothing>
        )}
        {found.length > 0 && (
          <>
            <AlertTable pages={pages} people={people} now={cursor.at} selected={selected} onSelect={mayChange ? toggle : undefined}
              onAct={mayChange ? act : undefined}
              onSelectAll={(isOn) => choose(isOn ? found.map(({ id }) => id) : [])} />
            <MoreAlerts list={list} shown={found.length} />
            <KeyHint />
          </>
        )}
      </div>
      {commenting && (
        <CommentDialog ids={commenting} onClose={() => setCommenting(null)}
          onSubmit={async (text) => {
            const wrong = await act(commenting, { comment: text }, 'commented');
            if (wrong) throw wrong;
          }} />
      )}
    </PageFrame>
  );
}

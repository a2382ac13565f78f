// Settings, audit log: who changed or looked at what, from where, and with what result.
import { Button, Label } from '@patternfly/react-core';
import { ExpandableRowContent, Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { auditQuery, exportAddress, textOf } from '../../api/audit';
import type { AuditEntry } from '../../api/types';
import { Failure } from '../../parts/failure';
import { Waiting } from '../../parts/loaded';
import { Moment } from '../../parts/moment';
import { More } from '../../parts/more';
import { Nothing } from '../../parts/nothing';
import { PageFrame } from '../../parts/page';
import { Entry } from './entry';
import { Filters, isFiltered } from './filters';
import { AuditTarget } from './target';

export function AuditPage() {
  const filter = useSearch({ from: '/shell/settings/audit' });
  const navigate = useNavigate({ from: '/settings/audit' });
  const log = useInfiniteQuery(auditQuery(filter));
  const entries = log.data?.pages.flatMap((page) => page.results) ?? [];
  const isReads = filter.kind === 'read';
  return (
    <PageFrame title="Audit log" about="What people and programs changed or looked at. An entry can be neither changed nor removed unnoticed."
      actions={<Button variant="secondary" component="a" href={exportAddress(filter)} download={isReads ? 'audit-log-reads.jsonl' : 'audit-log.jsonl'}>Export what is found</Button>}>
      <Filters filter={filter} onChange={(change) => void navigate({ search: (old) => ({ ...old, ...change }), replace: true })} />
      {log.isError && !log.isFetchNextPageError && (
        <Failure title="The audit log could not be loaded" thrown={log.error} onRetry={() => void log.refetch()} />
      )}
      {log.isPending && <Waiting what="the audit log" />}
      {log.data && entries.length === 0 && !log.hasNextPage && (
        <Nothing title="No entries"
          action={isFiltered(filter) && <Button variant="link" onClick={() => void navigate({ search: { kind: filter.kind } })}>Show all</Button>}>
          {isFiltered(filter) ? 'Nothing was done that fits all of these filters.' : isReads ? 'Nothing was looked at yet, or that is not recorded.' : 'Nothing was changed yet.'}
        </Nothing>
      )}
      {entries.length > 0 && <EntryTable key={filter.kind} entries={entries} />}
      {log.data && <More query={log} shown={entries.length} what={entries.length === 1 ? 'entry' : 'entries'} />}
    </PageFrame>
  );
}

function EntryTable({ entries }: { entries: AuditEntry[] }) {
  const [open, setOpen] = useState<ReadonlySet<number>>(new Set());
  const toggle = (sequence: number) => setOpen((old) => {
    const next = new Set(old);
    if (!next.delete(sequence)) next.add(sequence);
    return next;
  });
  return (
    <Table variant="compact" aria-label="Audit log">
      <Thead><Tr><Th screenReaderText="Open" /><Th>When</Th><Th width={20}>Who</Th><Th width={40}>What</Th><Th>Result</Th><Th>From</Th></Tr></Thead>
      {entries.map((entry, index) => {
        const { timestamp, actor, actionName, actionDescription, actionResult, sourceIP } = textOf(entry);
        const isOpen = open.has(entry.sequence);
        return (
          <Tbody key={entry.sequence} isExpanded={isOpen}>
            <Tr>
              <Td expand={{ rowIndex: index, isExpanded: isOpen, onToggle: () => toggle(entry.sequence), expandId: 'audit' }} />
              <Td dataLabel="When"><Moment at={timestamp} /></Td>
              <Td dataLabel="Who" modifier="breakWord">{actor?.name ?? actor?.id} {actor?.type === 'TOKEN' && <Label isCompact>token</Label>}</Td>
              <Td dataLabel="What" modifier="breakWord">{actionDescription ?? actionName}<AuditTarget entry={entry} /></Td>
              <Td dataLabel="Result">
                <Label isCompact color={actionResult === 'SUCCEEDED' ? 'green' : 'red'}>
                  {actionResult === 'SUCCEEDED' ? 'done' : actionResult === 'FAILED' ? 'failed' : 'partly failed'}
                </Label>
              </Td>
              <Td dataLabel="From">{sourceIP ?? 'unknown'}</Td>
            </Tr>
            {isOpen && (
              <Tr isExpanded>
                <Td colSpan={6}><ExpandableRowContent><Entry entry={entry} /></ExpandableRowContent></Td>
              </Tr>
            )}
          </Tbody>
        );
      })}
    </Table>
  );
}

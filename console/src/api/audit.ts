// The audit log.
import { infiniteQueryOptions } from '@tanstack/react-query';
import { ask, search } from './client';
import type { AuditEntry, AuditPage } from './types';

/** What of the log is shown; also what stands in the page's address. */
export type AuditFilter = {
  /** Changes, unless it says so. */
  kind?: 'read' | undefined;
  from?: string | undefined; to?: string | undefined; action?: string | undefined;
  actor?: string | undefined; result?: string | undefined; contains?: string | undefined;
};

/** What is in an entry, as far as the console reads it. */
export type AuditText = {
  actionName?: string; actionDescription?: string; actionResult?: string;
  actionParams?: unknown; errors?: { message?: string }[] | null; sourceIP?: string | null; userAgent?: string | null;
  timestamp?: string; actor?: { id?: string; type?: string; name?: string };
  actionDetails?: { method?: string; route?: string; status?: number; before?: unknown; after?: unknown };
};

export const textOf = (entry: AuditEntry): AuditText => entry.entry as AuditText;

export const auditQuery = (filter: AuditFilter) =>
  infiniteQueryOptions({
    queryKey: ['audit-log', filter],
    queryFn: ({ pageParam, signal }) =>
      ask<AuditPage>('GET', '/audit-log', { query: { ...filter, limit: 50, cursor: pageParam }, signal, isExact: true }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next ?? null,
  });

/** Where what a filter finds can be fetched as JSON lines. */
export const exportAddress = (filter: AuditFilter) => `/audit-log/export${search({ ...filter })}`;

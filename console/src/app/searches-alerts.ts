// What may stand behind `?` in the addresses of alerts, and how a list of them is written into one.
import { defaultParseSearch, defaultStringifySearch } from '@tanstack/react-router';
import type { AlertFilter, AlertRange } from '../api/alerts';
import type { AlertKind } from '../api/types';
import { SEVERITIES, STATUSES } from '../parts/severity';
import { text, texts, tidy, words, type Raw } from './searches';

export const RANGES: readonly (readonly [AlertRange, string])[] = [
  ['1h', 'Last hour'], ['24h', 'Last 24 hours'], ['7d', 'Last 7 days'], ['30d', 'Last 30 days'],
];
export const KINDS: Record<NonNullable<AlertFilter['type']>, readonly (readonly [AlertKind, string])[]> = {
  ALERT: [['RULE', 'Rule'], ['SCHEDULED_RULE', 'Scheduled rule'], ['CORRELATION_RULE', 'Correlation rule'], ['POLICY', 'Policy']],
  DETECTION_ERROR: [
    ['RULE_ERROR', 'Rule'], ['SCHEDULED_RULE_ERROR', 'Scheduled rule'], ['CORRELATION_RULE_ERROR', 'Correlation rule'],
    ['POLICY_ERROR', 'Policy'],
  ],
  SYSTEM_ERROR: [],
};
const ALL_KINDS = Object.values(KINDS).flat().map(([kind]) => kind);

function count(raw: Raw, key: string): number | undefined {
  const value = Number(raw[key] ?? Number.NaN);
  return Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}

/** The list's filter; `view` is the saved view that it began with, `none` when the page shall not open with one. */
export type AlertListSearch = AlertFilter & { view?: string | undefined };

export function alertSearch(raw: Raw): AlertListSearch {
  return tidy({
    type: words(raw, 'type', ['ALERT', 'DETECTION_ERROR', 'SYSTEM_ERROR'] as const)?.[0],
    'sub-type': words(raw, 'sub-type', ALL_KINDS),
    status: words(raw, 'status', STATUSES), severity: words(raw, 'severity', SEVERITIES),
    assignee: texts(raw, 'assignee'), unassigned: raw['unassigned'] === true ? true : undefined,
    'name-contains': text(raw, 'name-contains'), 'detection-id': text(raw, 'detection-id'), dedup: text(raw, 'dedup'),
    'log-type': texts(raw, 'log-type'), 'log-source': texts(raw, 'log-source'), 'resource-type': texts(raw, 'resource-type'),
    range: words(raw, 'range', RANGES.map(([range]) => range))?.[0],
    'created-after': text(raw, 'created-after'), 'created-before': text(raw, 'created-before'),
    'event-count-min': count(raw, 'event-count-min'), 'event-count-max': count(raw, 'event-count-max'),
    'sort-dir': words(raw, 'sort-dir', ['asc'] as const)?.[0], view: text(raw, 'view'),
  });
}

/** What is listed as long as nobody says otherwise: what waits for somebody. */
const LISTED: AlertFilter = { status: ['OPEN', 'TRIAGED'] };

/** What a list shows whose address has this. */
export const filterOf = ({ view: _view, ...own }: AlertListSearch): AlertFilter => ({ ...LISTED, ...own });

/** A filter as it stands in an address, without `?`; which view it came from is no part of it. */
export function written({ view: _view, ...filter }: AlertListSearch): string {
  const sorted = Object.entries(filter).sort(([a], [b]) => a.localeCompare(b));
  return defaultStringifySearch(Object.fromEntries(sorted)).replace(/^\?/, '');
}

/** The same read back. */
export const readBack = (search: string): AlertListSearch => alertSearch(defaultParseSearch(`?${search}`));

export const ALERT_TABS = ['details', 'events', 'activity', 'deliveries', 'related'] as const;
export type AlertTab = (typeof ALERT_TABS)[number];

/** Messages link to an alert with `source`, which says where the reader came from; nothing depends on it. */
export function alertTabSearch(raw: Raw): { tab?: AlertTab | undefined } {
  return tidy({ tab: words(raw, 'tab', ALERT_TABS)?.[0] });
}

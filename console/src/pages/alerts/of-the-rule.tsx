// What the rule of an alert adds to it: values of the fields that it names as its summary, and the techniques that it is
// about. The rule is read as it is now, and may have been another when the alert was made.
import { DescriptionListDescription, DescriptionListGroup, DescriptionListTerm } from '@patternfly/react-core';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { eventsQuery } from '../../api/alerts';
import { detectionQuery } from '../../api/detections';
import type { Alert } from '../../api/types';
import { useMay } from '../../app/session';
import { leavesOf } from '../../parts/json-leaves';

/** Different values of a field that are shown. */
const VALUES_MAX = 8;
const MITRE = 'MITRE ATT&CK';

export function OfTheRule({ alert }: { alert: Alert }) {
  const may = useMay();
  const { detection } = alert;
  const isOpen = detection !== null && detection !== undefined && may(detection.type === 'POLICY' ? 'PolicyRead' : 'RuleRead');
  const rule = useQuery({ ...detectionQuery(detection?.type ?? 'RULE', detection?.id ?? ''), enabled: isOpen });
  const fields = rule.data?.summaryAttributes ?? [];
  const events = useInfiniteQuery({ ...eventsQuery(alert.id), enabled: fields.length > 0 });
  const some = events.data?.pages.flatMap(({ results }) => results as unknown[]) ?? [];
  const part = some.length < alert.eventCount ? ` (first ${some.length} events)` : '';
  const reports = Object.entries(rule.data?.reports ?? {}).filter(([, entries]) => entries.length > 0);
  return (
    <>
      {events.data && fields.map((field) => (
        <Line key={field} term={`${field}${part}`}><Values values={valuesOf(some, field)} /></Line>
      ))}
      {reports.map(([framework, entries]) => (
        <Line key={framework} term={framework}>
          {entries.map((entry, index) => (
            <span key={entry}>
              {index > 0 && ', '}
              {framework === MITRE ? <Link to="/detections/mitre" search={{ technique: entry }}>{entry}</Link> : entry}
            </span>
          ))}
        </Line>
      ))}
    </>
  );
}

function Line({ term, children }: { term: string; children: ReactNode }) {
  return (
    <DescriptionListGroup>
      <DescriptionListTerm className="breakable">{term}</DescriptionListTerm>
      <DescriptionListDescription className="breakable">{children}</DescriptionListDescription>
    </DescriptionListGroup>
  );
}

function Values({ values }: { values: string[] }) {
  if (values.length === 0) return <span className="subtle">not in these events</span>;
  const rest = values.length - VALUES_MAX;
  return <>{values.slice(0, VALUES_MAX).join(', ')}{rest > 0 && <span className="subtle"> and {rest} more</span>}</>;
}

/** Every different value of a field; what is in lists and objects below it counts by itself. */
function valuesOf(events: readonly unknown[], field: string): string[] {
  const found = new Set<string>();
  for (const event of events) {
    for (const { value } of leavesOf(below(event, field))) {
      if (value !== undefined && value !== null && value !== '') found.add(String(value));
    }
  }
  return [...found];
}

/** A field by its name, else by the path `actor.id`. */
function below(event: unknown, field: string): unknown {
  const get = (from: unknown, key: string) =>
    (typeof from === 'object' && from !== null && Object.hasOwn(from, key) ? (from as Record<string, unknown>)[key] : undefined);
  return get(event, field) ?? field.split(/[.:]/).reduce(get, event);
}

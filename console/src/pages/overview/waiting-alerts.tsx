// What waits for somebody, by severity and age; each number leads to those alerts.
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { Link } from '@tanstack/react-router';
import type { OverviewAlerts } from '../../api/overview';
import type { AlertFilter } from '../../api/alerts';
import type { Severity } from '../../api/types';
import { Moment } from '../../parts/moment';
import { Nothing } from '../../parts/nothing';
import { SEVERITY_WORDS, SeverityLabel } from '../../parts/severity';

type Props = { alerts: OverviewAlerts };

export function WaitingAlerts({ alerts }: Props) {
  const { ages, waiting } = alerts;
  const errors = <Errors alerts={alerts} />;
  if (waiting.every(({ oldest }) => !oldest)) {
    return <><Nothing title="No open alert">No alert waits for anybody.</Nothing>{errors}</>;
  }
  return (
    <>
      <Table variant="compact" aria-label="Open and triaged alerts" gridBreakPoint="" className="age-grid">
        <Thead>
          <Tr>
            <Th>Severity</Th>
            {ages.map(({ hoursMax }) => <Th key={hoursMax ?? 'older'} modifier="nowrap">{ageWord(hoursMax)}</Th>)}
            <Th visibility={['hidden', 'visibleOnMd']}>Oldest</Th>
          </Tr>
        </Thead>
        <Tbody>
          {waiting.map(({ severity, counts, oldest }) => (
            <Tr key={severity}>
              <Th><SeverityLabel severity={severity} /></Th>
              {counts.map((count, at) => (
                <Td key={ages[at]?.hoursMax ?? 'older'} className="number">
                  <Count count={count} severity={severity} age={ages[at]} oldest={oldest} />
                </Td>
              ))}
              <Td visibility={['hidden', 'visibleOnMd']}><Moment at={oldest} isRelative never="–" /></Td>
            </Tr>
          ))}
        </Tbody>
      </Table>
      {errors}
    </>
  );
}

/** Old enough to be looked for without the list's own bound of 30 days. */
type CountProps = {
  count: number; severity: Severity; age: OverviewAlerts['ages'][number] | undefined; oldest: string | null | undefined;
};

function Count({ count, severity, age, oldest }: CountProps) {
  if (count === 0) return <span className="subtle">0</span>;
  // Without a first day the list has those of the last 30 days alone.
  const search: AlertFilter = {
    status: ['OPEN', 'TRIAGED'], severity: [severity], 'created-after': age?.createdAfter ?? oldest ?? undefined,
    'created-before': age?.createdBefore ?? undefined,
  };
  const words = `${count} ${SEVERITY_WORDS[severity]}, ${ageWord(age?.hoursMax)}`;
  return <Link to="/alerts" search={search} aria-label={words}>{count.toLocaleString('en')}</Link>;
}

function ageWord(hours: number | null | undefined): string {
  if (!hours) return 'Older';
  return hours > 24 ? `< ${hours / 24} d` : `< ${hours} h`;
}

/** What detections and the platform failed at, in a line; nothing when they did not. */
function Errors({ alerts: { detectionErrors, systemErrors } }: Props) {
  const kinds = [
    { type: 'DETECTION_ERROR', ...detectionErrors, one: 'error of a detection', many: 'errors of detections' },
    { type: 'SYSTEM_ERROR', ...systemErrors, one: 'system error', many: 'system errors' },
  ] as const;
  const open = kinds.filter(({ count }) => count > 0);
  if (open.length === 0) return null;
  return (
    <ul className="chart-legend">
      {open.map(({ type, count, oldest, one, many }) => (
        <li key={type}>
          <Link to="/alerts" search={{ type, status: ['OPEN', 'TRIAGED'], 'created-after': oldest ?? undefined }}>
            {count.toLocaleString('en')} open {count === 1 ? one : many}
          </Link>
        </li>
      ))}
    </ul>
  );
}

// The detections that made most alerts: how many still wait, and whether it were more or fewer before.
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { Link } from '@tanstack/react-router';
import type { Overview, OverviewAlerts } from '../../api/overview';
import { Nothing } from '../../parts/nothing';
import { STATUSES } from '../../parts/severity';

type Rule = OverviewAlerts['noisy'][number];

export function Noisy({ found, alerts: { noisy } }: { found: Overview; alerts: OverviewAlerts }) {
  if (noisy.length === 0) return <Nothing title="No rule made an alert">That is as quiet as it gets.</Nothing>;
  return (
    <Table variant="compact" aria-label="Noisy rules" gridBreakPoint="" className="figures">
      <Thead>
        <Tr><Th width={50}>Rule</Th><Th>Alerts</Th><Th visibility={['hidden', 'visibleOnMd']}>Events</Th><Th>Open</Th><Th>Before</Th></Tr>
      </Thead>
      <Tbody>
        {noisy.map((rule) => (
          <Tr key={rule.id}>
            <Td modifier="breakWord">
              <Link to="/alerts" search={{ 'detection-id': rule.id, status: [...STATUSES], 'created-after': found.from }}>
                {rule.name}
              </Link>
              {!rule.exists && <span className="subtle small"> is not there any more</span>}
            </Td>
            <Td>{rule.alerts.toLocaleString('en')}</Td>
            <Td visibility={['hidden', 'visibleOnMd']}>{rule.events.toLocaleString('en')}</Td>
            <Td>{share(rule)}</Td>
            <Td>{trend(rule)}</Td>
          </Tr>
        ))}
      </Tbody>
    </Table>
  );
}

function share({ waiting, alerts }: Rule): string {
  return `${Math.round((100 * waiting) / Math.max(1, alerts))}\u00a0%`;
}

/** Against as long a time before: `12 (+50 %)`. */
function trend({ alerts, alertsBefore }: Rule): string {
  if (alertsBefore === 0) return 'none';
  const change = Math.round((100 * (alerts - alertsBefore)) / alertsBefore);
  const sign = change > 0 ? '+' : change < 0 ? '−' : '±';
  return `${alertsBefore.toLocaleString('en')} (${sign}${Math.abs(change).toLocaleString('en')}\u00a0%)`;
}

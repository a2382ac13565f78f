// What a new installation still lacks. Each step ticks itself off, and the list goes when all are done.
import { Card, CardBody, CardTitle, Title } from '@patternfly/react-core';
import CheckCircleIcon from '@patternfly/react-icons/dist/esm/icons/check-circle-icon';
import CircleIcon from '@patternfly/react-icons/dist/esm/icons/outlined-circle-icon';
import { Link, useRouter } from '@tanstack/react-router';
import type { Overview } from '../../api/overview';
import { useMay } from '../../app/session';

type Step = { to: string; title: string; about: string; isDone: boolean };

export function NextSteps({ found }: { found: Overview }) {
  const steps = useSteps(found);
  if (steps.every(({ isDone }) => isDone)) return null;
  return (
    <Card isCompact className="whole-row">
      <CardTitle><Title headingLevel="h2" size="lg">Next steps</Title></CardTitle>
      <CardBody>
        <ol className="next-steps">
          {steps.map(({ to, title, about, isDone }) => (
            <li key={to} className={isDone ? 'is-done' : undefined}>
              {isDone ? <CheckCircleIcon /> : <CircleIcon />}
              <div><span className="pf-v6-screen-reader">{isDone ? 'Done: ' : 'To do: '}</span>{isDone ? title : <Link to={to}>{title}</Link>}<div className="subtle small">{about}</div></div>
            </li>
          ))}
        </ol>
      </CardBody>
    </Card>
  );
}

/** Steps that the person may take, on pages that are there. */
function useSteps({ sources, enabledDetections, destinations, people }: Overview): Step[] {
  const may = useMay();
  const { routesByPath } = useRouter();
  const steps: (Step & { isOpen: boolean })[] = [
    { to: '/log-sources/new', title: 'Add a log source', about: 'Logs come in over HTTP from shippers that you have.',
      isDone: (sources?.total ?? 0) > 0, isOpen: may('LogSourceModify') && Boolean(sources) },
    { to: '/detections', title: 'Enable detections', about: 'They look at each event and make alerts.',
      isDone: (enabledDetections ?? 0) > 0, isOpen: may('RuleModify') && typeof enabledDetections === 'number' },
    { to: '/destinations/new', title: 'Add a destination', about: 'Alerts go to where your team looks: chat, tickets, pagers.',
      isDone: (destinations?.total ?? 0) > 0, isOpen: may('DestinationModify') && Boolean(destinations) },
    { to: '/settings/users', title: 'Invite people', about: 'Each gets a link and a role.',
      isDone: (people ?? 0) > 1, isOpen: may('UserModify') && typeof people === 'number' },
  ];
  return steps.filter(({ to, isOpen }) => isOpen && to in routesByPath);
}

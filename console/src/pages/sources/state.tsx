// How a source does, in a word, and why.
import { Link } from '@tanstack/react-router';
import type { SourceOverview } from '../../api/intake';
import { useMay } from '../../app/session';
import { sentence } from '../../parts/failure';
import { HealthLabel, type Health } from '../../parts/health';
import { Moment } from '../../parts/moment';
import { systemErrorWords } from '../../parts/system-errors';

export function StateLabel({ source }: { source: SourceOverview }) {
  return <HealthLabel health={healthOf(source)} />;
}

function healthOf({ isHealthy, problem, troubles, warnings }: SourceOverview): Health {
  if (isHealthy) return warnings.length > 0 ? 'degraded' : 'healthy';
  const isSilent = !problem && troubles.every(({ type }) => type === 'SOURCE_NO_DATA');
  return isSilent ? 'silent' : 'failing';
}

const troubleWords = (type: string) => (type === 'SOURCE_NO_DATA' ? 'No event for longer than its alarm allows' : systemErrorWords(type));

/** Everything that is wrong or odd; nothing when all is well. */
export function Reasons({ source: { problem, troubles, warnings } }: { source: SourceOverview }) {
  const seesAlerts = useMay()('AlertRead');
  if (!problem && troubles.length === 0 && warnings.length === 0) return null;
  return (
    <ul className="plain-list small breakable">
      {problem && <li>{sentence(problem)}</li>}
      {troubles.map(({ type, since, alertId }) => (
        <li key={type}>
          {seesAlerts ? <Link to="/alerts/$id" params={{ id: alertId }}>{troubleWords(type)}</Link> : troubleWords(type)}
          {' '}since <Moment at={since} />
        </li>
      ))}
      {warnings.map((warning) => <li key={warning}>{sentence(warning)}</li>)}
    </ul>
  );
}

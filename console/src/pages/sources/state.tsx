// How a source does, in a word, and why.
import { Label } from '@patternfly/react-core';
import { Link } from '@tanstack/react-router';
import type { SourceOverview } from '../../api/intake';
import { useMay } from '../../app/session';
import { sentence } from '../../parts/failure';
import { Moment } from '../../parts/moment';

const TROUBLES: Record<string, string> = {
  SOURCE_CLASSIFICATION_FAILURES: 'Records fit no schema',
  SOURCE_LOG_PROCESSING_ERRORS: 'Bodies are not made up as the source says',
  SOURCE_NO_DATA: 'No event for longer than its alarm allows',
};

export function StateLabel({ source }: { source: SourceOverview }) {
  if (!source.isHealthy) return <Label isCompact color="red">in trouble</Label>;
  if (source.warnings.length > 0) return <Label isCompact color="orange">warning</Label>;
  return <Label isCompact color="green">well</Label>;
}

/** Everything that is wrong or odd; nothing when all is well. */
export function Reasons({ source: { problem, troubles, warnings } }: { source: SourceOverview }) {
  const seesAlerts = useMay()('AlertRead');
  if (!problem && troubles.length === 0 && warnings.length === 0) return null;
  return (
    <ul className="plain-list small breakable">
      {problem && <li>{sentence(problem)}</li>}
      {troubles.map(({ type, since, alertId }) => (
        <li key={type}>
          {seesAlerts ? <Link to="/alerts/$id" params={{ id: alertId }}>{TROUBLES[type] ?? type}</Link> : TROUBLES[type] ?? type}
          {' '}since <Moment at={since} />
        </li>
      ))}
      {warnings.map((warning) => <li key={warning}>{sentence(warning)}</li>)}
    </ul>
  );
}

// Which destinations do not take what is sent to them, and since when.
import { Label, List, ListItem } from '@patternfly/react-core';
import { useQuery } from '@tanstack/react-query';
import { destinationsQuery } from '../../api/alerts';
import type { Destination } from '../../api/types';
import { Loaded } from '../../parts/loaded';
import { Moment } from '../../parts/moment';
import { Nothing } from '../../parts/nothing';

export function Destinations() {
  const destinations = useQuery({ ...destinationsQuery, refetchInterval: 30_000 });
  return (
    <Loaded query={destinations} what="Destinations">
      {({ results }) => {
        const failing = results.filter(({ health }) => health.state !== 'healthy' && health.state !== 'disabled');
        if (results.length === 0) {
          return <Nothing title="No destination yet">Alerts are kept and go nowhere. Declare one in the configuration file, or make one with the API.</Nothing>;
        }
        if (failing.length === 0) {
          return <p>{results.length === 1 ? 'The one destination takes' : `All ${results.length} destinations take`} what is sent.</p>;
        }
        return (
          <>
            <p className="above">{failing.length} of {results.length} {failing.length === 1 ? 'does' : 'do'} not take what is sent.</p>
            <List isPlain isBordered>{failing.map((one) => <ListItem key={one.id}><Failing destination={one} /></ListItem>)}</List>
          </>
        );
      }}
    </Loaded>
  );
}

function Failing({ destination: { displayName, health } }: { destination: Destination }) {
  return (
    <>
      <strong className="breakable">{displayName}</strong> <Label isCompact color="red">{health.state}</Label>
      {health.failingSince && <> since <Moment at={health.failingSince} /></>}
      {health.lastError && <div className="subtle small breakable">{health.lastError}</div>}
    </>
  );
}

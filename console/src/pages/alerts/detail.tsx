// One alert: what happened, what it was made of, what was done about it, and where it went.
import { Tab, Tabs, TabTitleText } from '@patternfly/react-core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { alertQuery } from '../../api/alerts';
import type { Alert } from '../../api/types';
import { ALERT_TABS, type AlertTab } from '../../app/searches-alerts';
import { useNews } from '../../live/use-news';
import { LoadedPage } from '../../parts/loaded-page';
import { PageFrame } from '../../parts/page';
import { ThingLink } from '../../parts/thing-link';
import { systemErrorWords } from '../../parts/system-errors';
import { Deliveries } from './deliveries';
import { Details } from './details';
import { Events } from './events';
import { Handling } from './handling';
import { Neighbours } from './neighbours';
import { Related } from './related';
import { Activity } from './timeline';

const TITLES: Record<AlertTab, string> = {
  details: 'Details', events: 'Events', activity: 'Activity', deliveries: 'Deliveries', related: 'Related',
};

export function AlertPage() {
  const { id } = useParams({ from: '/shell/alerts/$id' });
  const alert = useQuery(alertQuery(id));
  const queries = useQueryClient();
  useNews((changed) => {
    if (!changed || changed.has(id)) void queries.invalidateQueries({ queryKey: ['alert', id] });
  });
  return <LoadedPage query={alert} what="The alert">{(found) => <Shown key={found.id} alert={found} />}</LoadedPage>;
}

function Shown({ alert }: { alert: Alert }) {
  const { tab = 'details' } = useSearch({ from: '/shell/alerts/$id' });
  const navigate = useNavigate({ from: '/alerts/$id' });
  const { detection, systemError } = alert;
  const about = detection ? <ThingLink thing="detection" id={detection.id} /> : systemErrorWords(systemError?.type);
  return (
    <PageFrame title={alert.title} about={about} actions={<Neighbours id={alert.id} tab={tab} />}>
      <Handling alert={alert} />
      <Tabs activeKey={tab} aria-label="Parts of the alert" mountOnEnter unmountOnExit
        onSelect={(_event, key) => void navigate({ search: { tab: key as AlertTab }, replace: true })}>
        {ALERT_TABS.map((key) => (
          <Tab key={key} eventKey={key} title={<TabTitleText>{TITLES[key]}</TabTitleText>}>
            <div className="below"><Part tab={key} alert={alert} /></div>
          </Tab>
        ))}
      </Tabs>
    </PageFrame>
  );
}

function Part({ tab, alert }: { tab: AlertTab; alert: Alert }) {
  switch (tab) {
    case 'events': return <Events alert={alert} />;
    case 'activity': return <Activity alert={alert} />;
    case 'deliveries': return <Deliveries alert={alert} />;
    case 'related': return <Related alert={alert} />;
    default: return <Details alert={alert} />;
  }
}

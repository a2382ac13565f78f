// One alert: what happened, what it was made of, what was done about it, and where it went.
import { Tab, Tabs, TabTitleText } from '@patternfly/react-core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { alertQuery } from '../../api/alerts';
import type { Alert } from '../../api/types';
import { ALERT_TABS, type AlertTab } from '../../app/searches';
import { Loaded } from '../../parts/loaded';
import { PageFrame } from '../../parts/page';
import { Activity } from './activity';
import { Deliveries } from './deliveries';
import { Details } from './details';
import { Events } from './events';
import { Handling } from './handling';

const TITLES: Record<AlertTab, string> = { details: 'Details', events: 'Events', activity: 'Activity', deliveries: 'Deliveries' };

export function AlertPage() {
  const { id } = useParams({ from: '/shell/alerts/$id' });
  const alert = useQuery(alertQuery(id));
  return <Loaded query={alert} what="The alert">{(found) => <Shown alert={found} />}</Loaded>;
}

function Shown({ alert }: { alert: Alert }) {
  const { tab = 'details' } = useSearch({ from: '/shell/alerts/$id' });
  const navigate = useNavigate({ from: '/alerts/$id' });
  return (
    <PageFrame title={alert.title} about={alert.detection?.id ?? alert.systemError?.type}>
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
    default: return <Details alert={alert} />;
  }
}

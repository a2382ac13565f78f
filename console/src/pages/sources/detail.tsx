// One log source: what came in, what failed, how to send, and its settings.
import { Tab, Tabs, TabTitleText } from '@patternfly/react-core';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { httpSourceQuery, sourceListQuery, type SourceOverview } from '../../api/intake';
import { SOURCE_TABS, type SourceTab } from '../../app/searches-intake';
import { Loaded } from '../../parts/loaded';
import { Nothing } from '../../parts/nothing';
import { PageFrame } from '../../parts/page';
import { draftOf } from './draft';
import { SourceFailures } from './failures';
import { Incoming } from './incoming';
import { SourceSettings } from './settings';
import { SnippetTabs } from './snippet-tabs';

const TITLES: Record<SourceTab, string> = { events: 'Events', failures: 'Failures', send: 'How to send', settings: 'Settings' };

export function SourcePage() {
  const { id } = useParams({ from: '/shell/log-sources/$id' });
  const sources = useQuery(sourceListQuery);
  return (
    <Loaded query={sources} what="The log source">
      {({ results }) => {
        const source = results.find((one) => one.id === id);
        return source ? <Shown key={id} source={source} />
          : <PageFrame title="No such log source"><Nothing title="It is not there" action={<Link to="/log-sources">To Log sources</Link>}>It was deleted, or the address is wrong.</Nothing></PageFrame>;
      }}
    </Loaded>
  );
}

function Shown({ source }: { source: SourceOverview }) {
  const isHttp = source.type === 'http-ingest';
  const { tab: wanted = 'events' } = useSearch({ from: '/shell/log-sources/$id' });
  const navigate = useNavigate({ from: '/log-sources/$id' });
  const tabs = SOURCE_TABS.filter((one) => isHttp || one === 'events' || one === 'failures');
  const tab = tabs.includes(wanted) ? wanted : 'events';
  return (
    <PageFrame title={source.label} about={source.logTypes.join(', ')}>
      <Tabs activeKey={tab} aria-label="Parts of the log source" mountOnEnter unmountOnExit
        onSelect={(_event, key) => void navigate({ search: (old) => ({ ...old, tab: key as SourceTab }), replace: true })}>
        {tabs.map((key) => (
          <Tab key={key} eventKey={key} title={<TabTitleText>{TITLES[key]}</TabTitleText>}>
            <div className="below"><Part tab={key} source={source} /></div>
          </Tab>
        ))}
      </Tabs>
    </PageFrame>
  );
}

function Part({ tab, source }: { tab: SourceTab; source: SourceOverview }) {
  switch (tab) {
    case 'failures': return <SourceFailures source={source} />;
    case 'send': return <HowToSend id={source.id} />;
    case 'settings': return <SourceSettings id={source.id} />;
    default: return <Incoming source={source} />;
  }
}

function HowToSend({ id }: { id: string }) {
  const source = useQuery(httpSourceQuery(id));
  return (
    <Loaded query={source} what="The log source">
      {({ value }) => (
        <>
          {value.authMethod !== 'None' && <p className="above">The secret is not shown again: put it in the place of YOUR-SECRET.</p>}
          <SnippetTabs id={id} target={draftOf(value)} />
        </>
      )}
    </Loaded>
  );
}

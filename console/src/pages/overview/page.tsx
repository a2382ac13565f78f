// The first page: what waits, what came in, and what does not work. One question to the server answers all of it.
import './overview.css';
import { Card, CardBody, CardHeader, CardTitle, Title, ToggleGroup, ToggleGroupItem } from '@patternfly/react-core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { overviewQuery, SPANS, type Hours, type Overview } from '../../api/overview';
import { Loaded } from '../../parts/loaded';
import { PageFrame } from '../../parts/page';
import { AlertsOverTime } from './alerts-over-time';
import { Destinations } from './destinations';
import { NextSteps } from './next-steps';
import { Noisy } from './noisy';
import { Sources } from './sources';
import { Volumes } from './volumes';
import { WaitingAlerts } from './waiting-alerts';

const WORDS: Record<Hours, string> = { 24: '24 hours', 168: '7 days', 720: '30 days' };

export function OverviewPage() {
  const { hours = SPANS[0], volume = 'events' } = useSearch({ from: '/shell/' });
  const navigate = useNavigate({ from: '/' });
  const overview = useQuery(overviewQuery(hours));
  const span = (
    <ToggleGroup aria-label="How far to look back">
      {SPANS.map((one) => (
        <ToggleGroupItem key={one} text={WORDS[one]} isSelected={one === hours}
          onChange={() => void navigate({ search: (old) => ({ ...old, hours: one }) })} />
      ))}
    </ToggleGroup>
  );
  return (
    <PageFrame title="Overview" actions={overview.data && sees(overview.data) && span}>
      <Loaded query={overview} what="The overview">
        {(found) => (sees(found)
          ? <Parts found={found} span={WORDS[found.hours as Hours] ?? ''} volume={volume}
              onVolume={(measure) => void navigate({ search: (old) => ({ ...old, volume: measure }) })} />
          : <p>Your role shows nothing here. The side bar has the pages that are open to you.</p>)}
      </Loaded>
    </PageFrame>
  );
}

function sees({ alerts, volumes, destinations, sources }: Overview): boolean {
  return Boolean(alerts ?? volumes ?? destinations ?? sources);
}

type PartsProps = { found: Overview; span: string; volume: 'events' | 'bytes'; onVolume: (measure: 'events' | 'bytes') => void };

function Parts({ found, span, volume, onVolume }: PartsProps) {
  const { alerts, volumes, destinations, sources } = found;
  const measures = (
    <ToggleGroup aria-label="What to measure">
      <ToggleGroupItem text="Events" isSelected={volume === 'events'} onChange={() => onVolume('events')} />
      <ToggleGroupItem text="Bytes" isSelected={volume === 'bytes'} onChange={() => onVolume('bytes')} />
    </ToggleGroup>
  );
  return (
    <div className="overview-grid">
      <NextSteps found={found} />
      {alerts && <Part title="Open and triaged alerts"><WaitingAlerts alerts={alerts} /></Part>}
      {alerts && <Part title={`Alerts, ${span}`}><AlertsOverTime found={found} alerts={alerts} /></Part>}
      {alerts && <Part title={`Noisy rules, ${span}`}><Noisy found={found} alerts={alerts} /></Part>}
      {volumes && <Part title={`What came in, ${span}`} actions={measures}><Volumes found={found} volumes={volumes} measure={volume} /></Part>}
      {destinations && <Part title="Destinations"><Destinations found={destinations} /></Part>}
      {sources && <Part title="Log sources"><Sources found={sources} span={span} /></Part>}
    </div>
  );
}

function Part({ title, actions, children }: { title: string; actions?: ReactNode; children: ReactNode }) {
  return (
    <Card isCompact>
      <CardHeader {...(actions ? { actions: { actions, hasNoOffset: true } } : {})}>
        <CardTitle><Title headingLevel="h2" size="lg">{title}</Title></CardTitle>
      </CardHeader>
      <CardBody>{children}</CardBody>
    </Card>
  );
}

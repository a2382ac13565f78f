// The first page: what waits, and what does not work.
import { Card, CardBody, CardTitle, Gallery, Title } from '@patternfly/react-core';
import type { ReactNode } from 'react';
import { useMay } from '../../app/session';
import { PageFrame } from '../../parts/page';
import { Destinations } from './destinations';
import { OpenAlerts } from './open-alerts';
import { Sources } from './sources';

export function OverviewPage() {
  const may = useMay();
  const [seesAlerts, seesDestinations, seesSources] = [may('AlertRead'), may('DestinationRead'), may('LogSourceRead')];
  return (
    <PageFrame title="Overview">
      {!seesAlerts && !seesDestinations && !seesSources && (
        <p>Your role shows nothing here. The side bar has the pages that are open to you.</p>
      )}
      <Gallery hasGutter minWidths={{ default: '100%', lg: '420px' }}>
        {seesAlerts && <Part title="Open alerts by severity"><OpenAlerts /></Part>}
        {seesDestinations && <Part title="Destinations"><Destinations /></Part>}
        {seesSources && <Part title="Log sources"><Sources /></Part>}
      </Gallery>
    </PageFrame>
  );
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <Card isFullHeight>
      <CardTitle><Title headingLevel="h2" size="lg">{title}</Title></CardTitle>
      <CardBody>{children}</CardBody>
    </Card>
  );
}

// The frame of pages before the sign-in.
import { Card, CardBody, CardTitle, Title } from '@patternfly/react-core';
import type { ReactNode } from 'react';
import { useTitle } from './page';

export function Door({ title, children }: { title: string; children: ReactNode }) {
  useTitle(title);
  return (
    <main className="door">
      <div className="brand brand-large"><img src="/console/margay.svg" alt="" width="40" height="40" /> Margay</div>
      <Card>
        <CardTitle><Title headingLevel="h1" size="xl">{title}</Title></CardTitle>
        <CardBody>{children}</CardBody>
      </Card>
    </main>
  );
}

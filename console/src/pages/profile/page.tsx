// Oneself: names, password, second factor, and where one is signed in.
import { Card, CardBody, CardTitle, Gallery, Title } from '@patternfly/react-core';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { profileQuery } from '../../api/account';
import { useSession } from '../../app/session';
import { Loaded } from '../../parts/loaded';
import { PageFrame } from '../../parts/page';
import { Names } from './names';
import { Password } from './password';
import { SecondFactorPart } from './second-factor';
import { OwnSessions } from './own-sessions';

export function ProfilePage() {
  const { user, method } = useSession();
  const profile = useQuery(profileQuery);
  const hasPassword = method === 'PASSWORD' && user.status !== 'EXTERNAL_PROVIDER';
  return (
    <PageFrame title="Profile" about={`${user.email}, ${user.role.name ?? 'no role'}`}>
      <Loaded query={profile} what="Your profile">
        {(loaded) => (
          <Gallery hasGutter minWidths={{ default: '100%', lg: '420px' }}>
            <Part title="Names"><Names profile={loaded} /></Part>
            {hasPassword && <Part title="Password"><Password /></Part>}
            {hasPassword && <Part title="Second factor"><SecondFactorPart profile={loaded} /></Part>}
          </Gallery>
        )}
      </Loaded>
      <Title headingLevel="h2" className="section-title">Where you are signed in</Title>
      <OwnSessions />
    </PageFrame>
  );
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <Card>
      <CardTitle><Title headingLevel="h2" size="lg">{title}</Title></CardTitle>
      <CardBody>{children}</CardBody>
    </Card>
  );
}

// Settings, single sign-on: identity providers, whether passwords still count, and provisioning by SCIM.
import { Alert, Button, Title } from '@patternfly/react-core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { providersQuery, signOnQuery, type SignOn } from '../../api/settings';
import type { Revised } from '../../api/client';
import { useMay } from '../../app/session';
import { CopyField } from '../../parts/copy-field';
import { sentence } from '../../parts/failure';
import { Loaded } from '../../parts/loaded';
import { Nothing } from '../../parts/nothing';
import { OutsideLink } from '../../parts/outside-link';
import { PageFrame } from '../../parts/page';
import { Passwords } from './passwords';
import { ProviderTable } from './table';

export function SignOnPage() {
  const signOn = useQuery(signOnQuery);
  const add = signOn.data?.value.mayChange && (
    <>
      <Add kind="oidc" text="Add OpenID Connect" />{' '}
      <Add kind="saml" text="Add SAML" />
    </>
  );
  return (
    <PageFrame title="Single sign-on" actions={add}
      about="People sign in through the identity provider of your organization. Who comes for the first time is made here.">
      <Loaded query={signOn} what="Single sign-on">{(read) => <Parts read={read} />}</Loaded>
    </PageFrame>
  );
}

function Add({ kind, text }: { kind: 'oidc' | 'saml'; text: string }) {
  return (
    <Button variant={kind === 'oidc' ? 'primary' : 'secondary'}
      component={(props) => <Link {...props} to="/settings/sign-on/new" search={{ kind, vendor: 'okta' }} />}>
      {text}
    </Button>
  );
}

function Parts({ read }: { read: Revised<SignOn> }) {
  const providers = useQuery(providersQuery);
  const { mayChange, warnings } = read.value;
  return (
    <>
      {warnings.map((warning) => <Alert key={warning} isInline variant="warning" className="above" title={sentence(warning)} />)}
      {!mayChange && (
        <p className="above subtle">
          A provider says who people are, so that only who holds every permission and sees all log types changes anything here.
        </p>
      )}
      <Loaded query={providers} what="Identity providers">
        {({ results }) => (results.length === 0
          ? (
            <Nothing title="No identity provider yet">
              {mayChange ? 'Add one: OpenID Connect is simpler where a provider speaks both. Until then people have passwords.'
                : 'People sign in with passwords.'}
            </Nothing>
          )
          : <ProviderTable providers={results} mayChange={mayChange} />)}
      </Loaded>
      <Passwords read={read} />
      <Provisioning base={read.value.addresses.scimBaseUrl} />
    </>
  );
}

function Provisioning({ base }: { base: string }) {
  const may = useMay();
  return (
    <section>
      <Title headingLevel="h2" size="lg" className="section-title">Provisioning (SCIM 2.0)</Title>
      <p className="above">
        A provider can make, change and disable people here by itself. It needs this address, and the value of an API token
        with the permissions to view and manage users{may('OrganizationAPITokenRead') ? <>, which you make
        under <Link to="/settings/tokens">API tokens</Link></> : ''}.
        It makes nobody who may do more than the token. More is said
        in <OutsideLink address="https://datatracker.ietf.org/doc/html/rfc7644">RFC 7644</OutsideLink> and the documentation of your provider.
      </p>
      <CopyField value={base} label="SCIM base URL" />
    </section>
  );
}

// What to do at the provider, in short words, and what to copy there.
import { Content, Title } from '@patternfly/react-core';
import type { ProviderAddresses } from '../../api/settings';
import type { Protocol, Vendor } from '../../app/searches-settings';
import { CopyField } from '../../parts/copy-field';
import { OutsideLink } from '../../parts/outside-link';
import { STEPS, VENDOR_NAMES } from './steps';

type Props = { kind: Protocol; vendor: Vendor; addresses: ProviderAddresses; id: string };

export function Guide({ kind, vendor, addresses, id }: Props) {
  const { steps, page } = STEPS[kind][vendor];
  const own = (address: string | null | undefined) => (address ?? '').replace('{id}', id || 'ID');
  const start = own(addresses.startUrl).replace('/internal/oidc/', `/internal/${kind}/`);
  return (
    <section aria-label="At the provider">
      <Title headingLevel="h2" size="lg" className="section-title">At {VENDOR_NAMES[vendor]}</Title>
      <Content component="ol">
        {steps.map((step) => <li key={step}>{step}</li>)}
      </Content>
      {page && <p className="above">The vendor's own page: <OutsideLink address={page} /></p>}
      <Title headingLevel="h2" size="lg" className="section-title">To copy there</Title>
      {kind === 'oidc'
        ? <Copied label="Redirect URI, also called callback or sign-in redirect" value={own(addresses.redirectUri)} />
        : (
          <>
            <Copied label="ACS URL, also called single sign-on, reply or recipient URL" value={own(addresses.acsUrl)} />
            <Copied label="Entity id, also called audience or identifier" value={own(addresses.entityId)} />
            <Copied label="Metadata of this server, where a provider reads it" value={own(addresses.metadataUrl)} />
          </>
        )}
      <Copied label="Where signing in begins, for a tile at the provider" value={start} />
    </section>
  );
}

function Copied({ label, value }: { label: string; value: string }) {
  return (
    <div className="above">
      <div className="small">{label}</div>
      <CopyField value={value} label={label} />
    </div>
  );
}

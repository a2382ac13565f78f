// A new identity provider, or one that is there.
import { Alert, Form } from '@patternfly/react-core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { providerQuery, signOnQuery, type IdentityProvider, type SignOn } from '../../api/settings';
import { sentence } from '../../parts/failure';
import { Loaded, Once } from '../../parts/loaded';
import { LoadedPage } from '../../parts/loaded-page';
import { PageFrame } from '../../parts/page';
import { Select } from '../../parts/select';
import { VENDORS } from '../../app/searches-settings';
import { Editor } from './editor';
import { VENDOR_NAMES } from './steps';

const VENDOR_OPTIONS = VENDORS.map((vendor) =>
  [vendor, vendor === 'other' ? 'Another one' : VENDOR_NAMES[vendor]] as const);

export function NewProviderPage() {
  const { kind, vendor } = useSearch({ from: '/shell/settings/sign-on/new' });
  const navigate = useNavigate({ from: '/settings/sign-on/new' });
  const signOn = useQuery(signOnQuery);
  return (
    <PageFrame title={kind === 'oidc' ? 'Add a provider of OpenID Connect' : 'Add a provider of SAML 2.0'}>
      <Loaded query={signOn} what="Single sign-on">
        {({ value }) => (
          <>
            <Form className="narrow above" onSubmit={(event) => event.preventDefault()}>
              <Select id="vendor" label="Steps for" value={vendor} options={VENDOR_OPTIONS}
                onChange={(next) => void navigate({ search: { kind, vendor: next }, replace: true, ignoreBlocker: true })} />
            </Form>
            {value.mayChange
              ? <Editor key={kind} kind={kind} vendor={vendor} addresses={value.addresses} provider={null} revision={null} isReadOnly={false} />
              : <Alert isInline variant="info" title="Only who holds every permission and sees all log types adds a provider." />}
          </>
        )}
      </Loaded>
    </PageFrame>
  );
}

export function ProviderPage() {
  const { id } = useParams({ from: '/shell/settings/sign-on/providers/$id' });
  const signOn = useQuery(signOnQuery);
  const provider = useQuery({ ...providerQuery(id), staleTime: Infinity, gcTime: 0 });
  return (
    <LoadedPage query={signOn} what="Single sign-on">
      {({ value }) => (
        <LoadedPage query={provider} what="The provider">
          {(read) => (
            <Once key={id} value={read}>
              {(first) => <Existing provider={first.value} revision={first.revision} signOn={value} />}
            </Once>
          )}
        </LoadedPage>
      )}
    </LoadedPage>
  );
}

type Props = { provider: IdentityProvider; revision: string | null; signOn: SignOn };

function Existing({ provider, revision, signOn: { mayChange } }: Props) {
  const kind = provider.kind === 'SAML' ? 'saml' : 'oidc';
  const isReadOnly = provider.provisioned || !mayChange;
  const about = provider.provisioned
    ? 'It stands in the configuration file, and is changed there.'
    : isReadOnly ? 'Only who holds every permission and sees all log types changes a provider.' : undefined;
  return (
    <PageFrame title={provider.label} about={about}>
      {provider.problem && <Alert isInline variant="danger" className="above" title="It is not used">{sentence(provider.problem)}</Alert>}
      {provider.warnings.map((text) => <Alert key={text} isInline variant="warning" className="above" title={sentence(text)} />)}
      <Editor kind={kind} vendor="other" addresses={provider.addresses} provider={provider} revision={revision} isReadOnly={isReadOnly} />
    </PageFrame>
  );
}

// What a destination is set to; its secrets are not shown.
import { DescriptionList, DescriptionListDescription, DescriptionListGroup, DescriptionListTerm } from '@patternfly/react-core';
import type { ReactNode } from 'react';
import { MASK, type DestinationType } from '../../api/destinations';
import type { Destination } from '../../api/types';
import { CopyField } from '../../parts/copy-field';
import { asSchema } from './values';
import { alertTypesOf, logTypesOf, severitiesOf } from './words';

export function Settings({ destination, type }: { destination: Destination; type: DestinationType | undefined }) {
  const { config, manualDispatch, provisioned, delivery } = destination;
  const { properties = {} } = asSchema(type?.configSchema);
  const titleOf = (key: string) => properties[key]?.title ?? key;
  return (
    <DescriptionList isCompact isHorizontal termWidth="12rem">
      <Item term="Declared">{provisioned ? 'in the configuration file; change it there' : 'here or by the API'}</Item>
      {Object.entries(config as Record<string, unknown>).map(([key, value]) => <Item key={key} term={titleOf(key)}>{shown(value)}</Item>)}
      {/* What proves that something comes from the vendor is there only where something may come. */}
      {'signing_secret' in properties && <Item term="Request URL"><RequestUrl destination={destination} isOpen={'signing_secret' in config} /></Item>}
      <Item term="Severities">{severitiesOf(destination)}</Item>
      <Item term="Alert types">{alertTypesOf(destination)}</Item>
      <Item term="Log types">{logTypesOf(destination)}</Item>
      <Item term="By hand">{manualDispatch ? 'alerts may be sent to it by hand' : 'not open to alerts by hand'}</Item>
      <Item term="Delivery">{deliveryOf(delivery)}</Item>
    </DescriptionList>
  );
}

function Item({ term, children }: { term: string; children: ReactNode }) {
  return (
    <DescriptionListGroup>
      <DescriptionListTerm>{term}</DescriptionListTerm>
      <DescriptionListDescription className="breakable">{children}</DescriptionListDescription>
    </DescriptionListGroup>
  );
}

/** Where the vendor sends what people do with its messages. */
function RequestUrl({ destination: { id, callbackUrl }, isOpen }: { destination: Destination; isOpen: boolean }) {
  return (
    <>
      <CopyField value={callbackUrl ?? `${window.location.origin}/destinations/${encodeURIComponent(id)}/callback`} label="Request URL" />
      <p className="small subtle">
        {isOpen
          ? 'Give it to the app of the vendor as the request URL of its interactivity; the guide says where. The vendor must reach this address.'
          : 'Nothing is taken there before the signing secret is set.'}
        {!callbackUrl && ' It is made of the address of this page, because external_url is not set in the configuration file.'}
      </p>
    </>
  );
}

function shown(value: unknown): ReactNode {
  if (value === MASK) return <span className="subtle">stored, not shown</span>;
  if (Array.isArray(value)) return value.join(', ');
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value).map(([key, one]) => <div key={key}>{key}: {shown(one)}</div>);
  }
  return typeof value === 'boolean' ? (value ? 'yes' : 'no') : <span className="pre">{String(value)}</span>;
}

function deliveryOf({ retry, ...own }: Destination['delivery']): string {
  const said = Object.entries({ ...retry, ...own }).filter(([, value]) => value !== null && value !== undefined);
  return said.length === 0 ? 'as the default says' : said.map(([key, value]) => `${key} ${value}`).join(', ');
}

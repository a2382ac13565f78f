// The fields of a provider that both protocols do not share.
import { Checkbox, ExpandableSection, FormGroup, FormHelperText, HelperText, HelperTextItem, TextArea } from '@patternfly/react-core';
import { Field } from '../../parts/field';
import { Select } from '../../parts/select';
import type { Draft } from './draft';

type Props = { draft: Draft; onChange: (change: Partial<Draft>) => void; isReadOnly: boolean };
const SOURCES = [['url', 'At an address'], ['document', 'Pasted here']] as const;

export function OidcFields({ draft, onChange, isReadOnly, hasSecret }: Props & { hasSecret: boolean }) {
  return (
    <>
      <Field id="provider-issuer" label="Issuer" value={draft.issuer} onChange={(issuer) => onChange({ issuer })} isRequired
        isReadOnly={isReadOnly} help="As the provider's own documents name it, such as https://example.okta.com" />
      <Field id="provider-client-id" label="Client id" value={draft.clientId} onChange={(clientId) => onChange({ clientId })} isRequired
        isReadOnly={isReadOnly} />
      {!isReadOnly && !draft.hasNoSecret && (
        <Field id="provider-secret" label="Client secret" type="password" autoComplete="off" value={draft.clientSecret}
          onChange={(clientSecret) => onChange({ clientSecret })}
          help={hasSecret ? 'One is stored, and is never shown; left empty it stays' : 'It is stored encrypted, and never shown again'} />
      )}
      {!isReadOnly && (
        <Checkbox id="provider-no-secret" label="The provider gave no secret" isChecked={draft.hasNoSecret}
          onChange={(_event, hasNoSecret) => onChange({ hasNoSecret, clientSecret: '' })} />
      )}
      <Field id="provider-scopes" label="Scopes" value={draft.scopes} onChange={(scopes) => onChange({ scopes })} isReadOnly={isReadOnly}
        help="What is asked for, separated by spaces; openid is needed" />
      <Field id="provider-groups-claim" label="Claim with the groups" value={draft.groupsClaim} isReadOnly={isReadOnly}
        onChange={(groupsClaim) => onChange({ groupsClaim })} help="Inside another one with a dot, such as realm_access.roles" />
    </>
  );
}

export function SamlFields({ draft, onChange, isReadOnly }: Props) {
  return (
    <>
      {!isReadOnly && (
        <Select id="provider-source" label="Metadata of the provider" value={draft.source} options={SOURCES}
          onChange={(source) => onChange({ source })} />
      )}
      {draft.source === 'url'
        ? (
          <Field id="provider-metadata-url" label="Address of the metadata" value={draft.metadataUrl} isReadOnly={isReadOnly} isRequired
            onChange={(metadataUrl) => onChange({ metadataUrl })} help="It is read again and again, so that new keys count by themselves" />
        )
        : (
          <FormGroup label="Metadata" fieldId="provider-metadata" isRequired>
            <TextArea id="provider-metadata" value={draft.metadata} rows={8} resizeOrientation="vertical" spellCheck={false}
              className="mono" aria-describedby="provider-metadata-says"
              {...(isReadOnly ? { readOnlyVariant: 'default' as const } : {})}
              onChange={(_event, metadata) => onChange({ metadata })} />
            <FormHelperText>
              <HelperText id="provider-metadata-says">
                <HelperTextItem>The XML document that the provider gives; paste it anew before its certificate ends</HelperTextItem>
              </HelperText>
            </FormHelperText>
          </FormGroup>
        )}
      <ExpandableSection toggleText="Attributes and name">
        <Attribute name="emailAttribute" label="Attribute with the mail address" {...{ draft, onChange, isReadOnly }} />
        <Attribute name="firstNameAttribute" label="Attribute with the first name" {...{ draft, onChange, isReadOnly }} />
        <Attribute name="lastNameAttribute" label="Attribute with the last name" {...{ draft, onChange, isReadOnly }} />
        <Attribute name="roleAttribute" label="Attribute with the groups" {...{ draft, onChange, isReadOnly }} />
        <Field id="provider-entity-id" label="Name of the provider" value={draft.entityId} onChange={(entityId) => onChange({ entityId })}
          isReadOnly={isReadOnly} help="The entityID that its metadata must have; empty takes the first one that it has" />
      </ExpandableSection>
    </>
  );
}

type AttributeName = 'emailAttribute' | 'firstNameAttribute' | 'lastNameAttribute' | 'roleAttribute';

function Attribute({ name, label, draft, onChange, isReadOnly }: Props & { name: AttributeName; label: string }) {
  return (
    <Field id={`provider-${name}`} label={label} value={draft[name]} isReadOnly={isReadOnly} maxLength={255}
      onChange={(text) => onChange({ [name]: text })} />
  );
}

// Which log types the people of a role see.
import { FormGroup, FormHelperText, HelperText, HelperTextItem, TextArea } from '@patternfly/react-core';
import type { LogTypeAccessKind } from '../../api/types';
import { Select } from '../../parts/select';

const KINDS: readonly (readonly [LogTypeAccessKind, string])[] = [
  ['ALLOW_ALL', 'All log types'], ['ALLOW', 'Only these'], ['DENY', 'All but these'], ['DENY_ALL', 'None'],
];

type Props = {
  kind: LogTypeAccessKind; types: string; isReadOnly: boolean;
  onKind: (kind: LogTypeAccessKind) => void; onTypes: (types: string) => void;
};

export function LogTypes({ kind, types, isReadOnly, onKind, onTypes }: Props) {
  return (
    <>
      <Select id="log-type-kind" label="Alerts and data are seen of" value={kind} options={KINDS} onChange={onKind}
        isDisabled={isReadOnly} />
      {(kind === 'ALLOW' || kind === 'DENY') && (
        <FormGroup label="Log types" fieldId="log-types">
          <TextArea id="log-types" value={types} onChange={(_event, text) => onTypes(text)} autoResize rows={3}
            resizeOrientation="vertical" readOnlyVariant={isReadOnly ? 'default' : undefined} aria-describedby="log-types-says" />
          <FormHelperText>
            <HelperText id="log-types-says">
              <HelperTextItem>One a line, such as <code>Okta.SystemLog</code>. An alert is seen when all of its log types may be.</HelperTextItem>
            </HelperText>
          </FormHelperText>
        </FormGroup>
      )}
    </>
  );
}

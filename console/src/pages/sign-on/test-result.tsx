// What a provider said of itself, or why it cannot be used.
import {
  Alert, DescriptionList, DescriptionListDescription, DescriptionListGroup, DescriptionListTerm,
} from '@patternfly/react-core';
import type { ProviderTest } from '../../api/settings';
import { sentence } from '../../parts/failure';

export function TestResult({ result }: { result: ProviderTest }) {
  const { success, problem, found, warnings } = result;
  return (
    <Alert isInline variant={success ? 'success' : 'danger'} role="status"
      title={success ? 'The provider answers, and can be used' : 'The provider cannot be used so'}>
      {problem && <p>{sentence(problem)}</p>}
      {found.length > 0 && (
        <DescriptionList isCompact isHorizontal>
          {found.map(({ name, text }, index) => (
            <DescriptionListGroup key={`${name} ${index}`}>
              <DescriptionListTerm>{name.charAt(0).toUpperCase() + name.slice(1)}</DescriptionListTerm>
              <DescriptionListDescription className="breakable">{text}</DescriptionListDescription>
            </DescriptionListGroup>
          ))}
        </DescriptionList>
      )}
      {warnings.map((warning) => <p key={warning}>{sentence(warning)}</p>)}
      {success && <p className="small">Whether it takes this server for its client shows at the first sign-in.</p>}
    </Alert>
  );
}

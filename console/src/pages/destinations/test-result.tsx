// What came of a test alert: the vendor's answer, as text.
import { Alert } from '@patternfly/react-core';
import type { TestResult } from '../../api/destinations';
import { Moment } from '../../parts/moment';

export function TestOutcome({ result: { success, statusCode, message, dispatchedAt } }: { result: TestResult }) {
  return (
    <Alert isInline variant={success ? 'success' : 'danger'} title={success ? 'The test alert arrived' : 'The test alert did not arrive'}>
      <p>{statusCode === null || statusCode === undefined ? 'No reply came' : `Status ${statusCode}`}, sent <Moment at={dispatchedAt} /></p>
      {message !== '' && <p className="pre code-text">{message}</p>}
    </Alert>
  );
}

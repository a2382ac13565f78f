// What came of a test: every function that ran, with what it gave or raised.
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import type { TestResult } from '../../../api/editor';
import { sentence } from '../../../parts/failure';

export function TestOutcome({ result }: { result: TestResult }) {
  const { name, passed, expected, reason, functions, elapsedMs } = result;
  return (
    <div className="above">
      {!passed && (
        <p className="breakable pre">
          <strong>Expected {String(expected)}.</strong> {reason ? sentence(reason) : ''}
        </p>
      )}
      {functions.length > 0 && (
        <Table variant="compact" aria-label={`What came of ${name}`}>
          <Thead><Tr><Th>Function</Th><Th>Gave</Th></Tr></Thead>
          <Tbody>
            {functions.map((one) => (
              <Tr key={one.name}>
                <Td dataLabel="Function"><code>{one.name}</code></Td>
                <Td dataLabel="Gave">
                  {one.error
                    ? <code className="pre test-error">{one.error}</code>
                    : <code className="pre">{one.output ?? 'nothing'}</code>}
                </Td>
              </Tr>
            ))}
          </Tbody>
        </Table>
      )}
      <p className="subtle small">{elapsedMs} ms</p>
    </div>
  );
}

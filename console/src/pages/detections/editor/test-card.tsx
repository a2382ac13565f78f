// One unit test: closed it says what is expected and what came of it; open it is a form.
import { Button, Label, Title } from '@patternfly/react-core';
import type { TestResult } from '../../../api/editor';
import { KINDS } from './kinds';
import { TestForm } from './test-form';
import { TestOutcome } from './test-outcome';
import type { Tests } from './use-tests';
import type { Work } from './work';
import { textOf, type Values } from './yaml-read';

type Props = {
  work: Work; tests: Tests; test: Values; index: number; isReadOnly: boolean; mayRun: boolean; isOpen: boolean;
  onOpen: (isOpen: boolean) => void; onCopy: () => void; onDelete: () => void;
};

export function TestCard({ work, tests, test, index, isReadOnly, mayRun, isOpen, onOpen, onCopy, onDelete }: Props) {
  const name = textOf(test, 'Name') || `Test ${index + 1}`;
  const result = tests.results.get(textOf(test, 'Name'));
  return (
    <section className={`test ${result && !result.passed ? 'test-failed' : ''}`} aria-label={`Test: ${name}`}>
      <div className="test-head">
        <Title headingLevel="h2" size="md" className="breakable">
          <Button variant="link" isInline aria-expanded={isOpen} onClick={() => onOpen(!isOpen)}>{name}</Button>
        </Title>
        <Result result={result} />
        <span className="subtle">{expectation(work, test['ExpectedResult'] === true)}</span>
        <span className="test-buttons">
          {mayRun && (
            <Button variant="link" isInline isDisabled={tests.isRunning} aria-label={`Run: ${name}`}
              onClick={() => void tests.run([textOf(test, 'Name')])}>Run</Button>
          )}
          {!isReadOnly && (
            <>
              <Button variant="link" isInline aria-label={`Duplicate: ${name}`} onClick={onCopy}>Duplicate</Button>
              <Button variant="link" isInline isDanger aria-label={`Delete: ${name}`} onClick={onDelete}
                // What is typed and no JSON yet is kept by place, which would not be the same any more.
                isDisabled={Object.keys(work.typed).length > 0}>Delete</Button>
            </>
          )}
        </span>
      </div>
      {result && (isOpen || !result.passed) && <TestOutcome result={result} />}
      {isOpen && <TestForm work={work} test={test} index={index} isReadOnly={isReadOnly} />}
    </section>
  );
}

function Result({ result }: { result: TestResult | undefined }) {
  if (!result) return <Label isCompact variant="outline">Not run</Label>;
  return result.passed ? <Label isCompact color="green">Passed</Label> : <Label isCompact color="red">Failed</Label>;
}

/** What a result means depends on the kind: a policy is kept, a rule makes an alert. */
export function expectation({ kind }: Pick<Work, 'kind'>, expected: boolean): string {
  if (KINDS[kind].testKey === 'Resource') return expected ? 'is as it should be' : 'makes an alert';
  return expected ? 'makes an alert' : 'makes no alert';
}

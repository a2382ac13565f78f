// The unit tests: what each expects, what came of it, and the buttons that run them.
import { Button, Label } from '@patternfly/react-core';
import { useMay } from '../../../app/session';
import { Failure } from '../../../parts/failure';
import { Nothing } from '../../../parts/nothing';
import { Findings } from './findings';
import { KINDS } from './kinds';
import { TestCard } from './test-card';
import type { Tests } from './use-tests';
import type { Work } from './work';
import { mapsOf, textOf, type Values } from './yaml-read';

type Props = {
  work: Work; tests: Tests; isReadOnly: boolean;
  /** The test that is open, from 0; it stands in the address. */
  open: number | null; onOpen: (index: number | null) => void;
};

export function TestsTab({ work, tests, isReadOnly, open, onOpen }: Props) {
  const { values, problem } = work.reading;
  // Those of a file too: nothing is changed by it.
  const may = useMay();
  const mayRun = may('RuleModify') && (work.kind !== 'policy' || may('PolicyModify'));
  if (problem) return <p>The YAML cannot be read, see line {problem.line} under Code. Mend it, then its tests are shown.</p>;
  const all = mapsOf(values['Tests']);
  const add = (test: Values) => {
    work.edit(['Tests', all.length], test);
    onOpen(all.length);
  };
  const blank = { Name: freeName(all, 'A new test'), ExpectedResult: true, [KINDS[work.kind].testKey ?? 'Log']: work.kind === 'correlation_rule' ? [] : {} };
  const buttons = (
    <>
      {all.length > 0 && mayRun && (
        <Button variant={isReadOnly ? 'secondary' : 'primary'} onClick={() => void tests.run()} isLoading={tests.isRunning} isDisabled={tests.isRunning}>Run all tests</Button>
      )}{' '}
      {!isReadOnly && <Button variant="secondary" onClick={() => add(blank)}>Add a test</Button>}
    </>
  );
  return (
    <>
      <div className="above">{buttons} <Summary tests={tests} /></div>
      {tests.problem && <Failure title="The tests were not run" thrown={tests.problem} />}
      {tests.findings.length > 0 && (
        <>
          <p>No test can run, because of this:</p>
          <Findings findings={tests.findings} />
        </>
      )}
      {all.length === 0 && <Nothing title="No tests yet">A test is an event and what is expected of it. Tests run with each save.</Nothing>}
      {all.map((test, index) => (
        // Names may be the same for a moment, while one is typed.
        <TestCard key={index} work={work} tests={tests} test={test} index={index} isReadOnly={isReadOnly} mayRun={mayRun} isOpen={open === index}
          onOpen={(isOpen) => onOpen(isOpen ? index : null)}
          onCopy={() => add({ ...test, Name: freeName(all, textOf(test, 'Name')) })}
          onDelete={() => {
            onOpen(null);
            work.edit(['Tests', index], undefined);
          }} />
      ))}
    </>
  );
}

function Summary({ tests: { results, failed, elapsedMs, isOld } }: { tests: Tests }) {
  if (results.size === 0) return null;
  return (
    <span role="status">
      {failed > 0 ? <Label color="red">{failed} of {results.size} failed</Label> : <Label color="green">{results.size} passed</Label>}
      {elapsedMs !== null && <span className="subtle"> in {elapsedMs} ms</span>}
      {isOld && <span className="subtle"> · something was changed since</span>}
    </span>
  );
}

/** `Name`, `Name 2`, `Name 3`: results are told apart by name. */
function freeName(all: readonly Values[], name: string): string {
  const taken = new Set(all.map((test) => textOf(test, 'Name')));
  const stem = name.replace(/ \d+$/, '');
  if (!taken.has(stem)) return stem;
  let number = 2;
  while (taken.has(`${stem} ${number}`)) number += 1;
  return `${stem} ${number}`;
}

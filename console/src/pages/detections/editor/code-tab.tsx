// The texts themselves: Python where there is some, and YAML, with what is wrong in both.
import { Title } from '@patternfly/react-core';
import { useMemo, useRef } from 'react';
import type { ItemFinding } from '../../../api/editor';
import { CodeEditor, type CodeHandle } from '../../../parts/code';
import { sentence } from '../../../parts/failure';
import { Findings } from './findings';
import type { Check } from './use-check';
import type { Helpers } from './use-helpers';
import type { Work } from './work';

type Props = { work: Work; check: Check; helpers: Helpers; isReadOnly: boolean };

export function CodeTab({ work, check, helpers, isReadOnly }: Props) {
  const handles = { yaml: useRef<CodeHandle>(null), python: useRef<CodeHandle>(null) };
  const inYaml = useMemo(() => check.findings.filter(({ file }) => file === 'yaml').map(marked), [check.findings]);
  const inPython = useMemo(() => check.findings.filter(({ file }) => file === 'python').map(marked), [check.findings]);
  const { yaml, python } = work.texts;
  return (
    <>
      <div className="editor-panes">
        {python !== null && (
          <section>
            <Title headingLevel="h2" size="md">Python</Title>
            <CodeEditor ref={handles.python} label="Python" language="python" value={python} onChange={work.setPython}
              isReadOnly={isReadOnly} findings={inPython} complete={helpers.completePython} explain={helpers.explainPython} />
          </section>
        )}
        {(yaml !== '' || !isReadOnly) && (
          <section>
            <Title headingLevel="h2" size="md">YAML</Title>
            <CodeEditor ref={handles.yaml} label="YAML" language="yaml" value={yaml} onChange={work.setYaml}
              isReadOnly={isReadOnly} findings={inYaml} complete={helpers.completeYaml} explain={helpers.explainYaml} />
          </section>
        )}
      </div>
      {!isReadOnly && <p className="subtle below" aria-live="polite">{summaryOf(check)}</p>}
      {check.findings.length > 0 && (
        <Findings findings={check.findings}
          onGoTo={({ file, line, column }) => handles[file].current?.goTo(line, column)} />
      )}
    </>
  );
}

/** What the editor underlines. */
function marked({ line, column, endLine, endColumn, level, message, code, hint }: ItemFinding) {
  return { line, column, endLine, endColumn, level, message, code, ...(hint ? { hint } : {}) };
}

function summaryOf({ findings, isChecking, problem }: Check): string {
  if (problem !== null) return `Not checked. ${sentence(problem)}`;
  const count = (level: ItemFinding['level']) => findings.filter((finding) => finding.level === level).length;
  const [errors, warnings] = [count('error'), count('warning')];
  if (errors + warnings === 0) return isChecking ? 'Checking…' : 'Nothing is wrong.';
  const parts = [errors > 0 && `${errors} ${errors === 1 ? 'error' : 'errors'}`,
    warnings > 0 && `${warnings} ${warnings === 1 ? 'warning' : 'warnings'}`];
  return parts.filter(Boolean).join(', ');
}

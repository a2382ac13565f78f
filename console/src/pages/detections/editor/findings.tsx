// What is wrong, as a list; each entry leads to its line.
import { Button, Label } from '@patternfly/react-core';
import type { ItemFinding } from '../../../api/editor';
import { sentence } from '../../../parts/failure';

type Props = { findings: readonly ItemFinding[]; onGoTo?: (finding: ItemFinding) => void };

const FILES = { yaml: 'YAML', python: 'Python' };

export function Findings({ findings, onGoTo }: Props) {
  return (
    <ul className="findings" aria-label="Findings">
      {findings.map((finding) => {
        const place = `${FILES[finding.file]}, line ${finding.line}`;
        return (
          <li key={`${finding.file} ${finding.line} ${finding.column} ${finding.code} ${finding.message}`} className="breakable">
            <Label isCompact color={finding.level === 'error' ? 'red' : 'orange'}>{finding.level === 'error' ? 'Error' : 'Warning'}</Label>{' '}
            {onGoTo ? <Button variant="link" isInline onClick={() => onGoTo(finding)}>{place}</Button> : place}{' '}
            {sentence(finding.message)}{finding.hint ? ` ${sentence(finding.hint)}` : ''}{' '}
            <span className="subtle small">{finding.code}</span>
          </li>
        );
      })}
    </ul>
  );
}

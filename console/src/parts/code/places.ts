// From what somebody says about lines and columns to places in the editor's text.
import type { Diagnostic } from '@codemirror/lint';
import type { Text } from '@codemirror/state';
import type { Finding } from './types';

/** A place in the text, or the nearest there is: the text may have changed since. */
export function positionOf(text: Text, line: number, column: number): number {
  const found = text.line(Math.min(Math.max(1, line), text.lines));
  // Columns count characters; the editor counts UTF-16 units.
  const before = [...found.text].slice(0, Math.max(0, column - 1)).join('').length;
  return found.from + before;
}

/** Findings as the editor underlines them. */
export function diagnosticsOf(text: Text, findings: readonly Finding[]): Diagnostic[] {
  return findings.map((finding) => {
    const from = positionOf(text, finding.line, finding.column);
    const to = Math.max(from, positionOf(text, finding.endLine, finding.endColumn));
    return {
      from, to, severity: finding.level, message: wordsOf(finding),
      ...(finding.code === undefined ? {} : { source: finding.code }),
    };
  });
}

function wordsOf({ message, hint }: Finding): string {
  return hint ? `${message}; ${hint}` : message;
}

// How bad an alert is and where it stands: a word first, a colour beside it.
import { Label, type LabelProps } from '@patternfly/react-core';
import type { AlertStatus, Severity } from '../api/types';

export const SEVERITIES: readonly Severity[] = ['CRITICAL', 'HIGH', 'MEDIUM', 'LOW', 'INFO'];
export const STATUSES: readonly AlertStatus[] = ['OPEN', 'TRIAGED', 'RESOLVED', 'CLOSED'];

const COLOURS: Record<Severity, NonNullable<LabelProps['color']>> = {
  CRITICAL: 'red', HIGH: 'orangered', MEDIUM: 'orange', LOW: 'blue', INFO: 'grey',
};
export const SEVERITY_WORDS: Record<Severity, string> = {
  CRITICAL: 'Critical', HIGH: 'High', MEDIUM: 'Medium', LOW: 'Low', INFO: 'Info',
};
export const STATUS_WORDS: Record<AlertStatus, string> = {
  OPEN: 'Open', TRIAGED: 'Triaged', RESOLVED: 'Resolved', CLOSED: 'Invalid',
};

export function SeverityLabel({ severity }: { severity: Severity }) {
  return <Label isCompact color={COLOURS[severity]}>{SEVERITY_WORDS[severity]}</Label>;
}

export function StatusLabel({ status }: { status: AlertStatus }) {
  const color = status === 'OPEN' ? 'purple' : status === 'TRIAGED' ? 'teal' : 'grey';
  return <Label isCompact variant="outline" color={color}>{STATUS_WORDS[status]}</Label>;
}

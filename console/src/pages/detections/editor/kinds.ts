// The kinds of detections: what they are called, and what is in them.
import type { ItemKind } from '../../../api/editor';
import type { Permission } from '../../../api/types';

export type Kind = {
  label: string;
  about: string;
  /** The key of its YAML that holds its id. */
  idKey: string;
  hasPython: boolean;
  /** The key of a test that holds what it looks at; null for what has no tests. */
  testKey: 'Log' | 'Resource' | 'RuleOutputs' | null;
  /** Whether it makes alerts, so that it has a severity and the rest. */
  hasSettings: boolean;
  permission: Permission;
};

export const KINDS: Readonly<Record<ItemKind, Kind>> = {
  rule: {
    label: 'Python rule', about: 'A function looks at each event of its log types and says whether it makes an alert.',
    idKey: 'RuleID', hasPython: true, testKey: 'Log', hasSettings: true, permission: 'RuleModify',
  },
  simple_rule: {
    label: 'Simple rule', about: 'Conditions on fields of events, in YAML, without a program.',
    idKey: 'RuleID', hasPython: false, testKey: 'Log', hasSettings: true, permission: 'RuleModify',
  },
  correlation_rule: {
    label: 'Correlation rule', about: 'Several rules that match together, or one after the other, within some time.',
    idKey: 'RuleID', hasPython: false, testKey: 'RuleOutputs', hasSettings: true, permission: 'RuleModify',
  },
  scheduled_rule: {
    label: 'Scheduled rule', about: 'A function looks at each row that a scheduled query finds.',
    idKey: 'RuleID', hasPython: true, testKey: 'Log', hasSettings: true, permission: 'RuleModify',
  },
  policy: {
    label: 'Policy', about: 'A function looks at each cloud resource and says whether it is as it should be.',
    idKey: 'PolicyID', hasPython: true, testKey: 'Resource', hasSettings: true, permission: 'PolicyModify',
  },
  data_model: {
    label: 'Data model', about: 'Common names for fields of a log type.',
    idKey: 'DataModelID', hasPython: true, testKey: null, hasSettings: false, permission: 'RuleModify',
  },
  global: {
    label: 'Global', about: 'Python that rules import.',
    idKey: 'GlobalID', hasPython: true, testKey: null, hasSettings: false, permission: 'RuleModify',
  },
  pack: {
    label: 'Pack', about: 'Detections that belong together, enabled and disabled at once.',
    idKey: 'PackID', hasPython: false, testKey: null, hasSettings: false, permission: 'BulkUpload',
  },
};

/** What can be begun on the page for new ones. */
export const NEW_KINDS: readonly ItemKind[] = ['rule', 'simple_rule', 'correlation_rule', 'scheduled_rule', 'policy'];

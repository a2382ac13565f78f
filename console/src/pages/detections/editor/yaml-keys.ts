// The keys of the YAML of detections, for completion and for the word under the pointer.
import type { ItemKind } from '../../../api/editor';

type Key = { about: string; kinds?: readonly ItemKind[]; values?: readonly string[] };

const RULES: readonly ItemKind[] = ['rule', 'simple_rule', 'scheduled_rule'];
const WITH_PYTHON: readonly ItemKind[] = ['rule', 'scheduled_rule', 'policy', 'data_model', 'global'];
const ALERTING: readonly ItemKind[] = [...RULES, 'correlation_rule', 'policy'];
const SEVERITIES = ['Info', 'Low', 'Medium', 'High', 'Critical'];
const BOOLEANS = ['true', 'false'];

/** Keys at the beginning of a line. */
export const KEYS: Readonly<Record<string, Key>> = {
  AnalysisType: { about: 'What kind of item the file is' },
  RuleID: { about: 'The id, which no other item has', kinds: [...RULES, 'correlation_rule'] },
  PolicyID: { about: 'The id, which no other item has', kinds: ['policy'] },
  DataModelID: { about: 'The id, which no other item has', kinds: ['data_model'] },
  GlobalID: { about: 'The id, and the name by which rules import it', kinds: ['global'] },
  PackID: { about: 'The id, which no other item has', kinds: ['pack'] },
  PackDefinition: { about: 'The ids that belong to the pack, as IDs', kinds: ['pack'] },
  DisplayName: { about: 'The name that people read', kinds: [...ALERTING, 'data_model', 'pack'] },
  Enabled: { about: 'Whether it runs', kinds: [...ALERTING, 'data_model'], values: BOOLEANS },
  Filename: { about: 'The file with its Python, in the same folder', kinds: WITH_PYTHON },
  LogTypes: { about: 'The log types whose events it looks at', kinds: ['rule', 'simple_rule', 'data_model'] },
  ScheduledQueries: { about: 'The queries whose rows it looks at', kinds: ['scheduled_rule'] },
  ResourceTypes: { about: 'The types of resources it looks at; all when left out', kinds: ['policy'] },
  Suppressions: { about: 'Patterns of ids of resources that are left out', kinds: ['policy'] },
  Severity: { about: 'How bad what it finds is', kinds: ALERTING, values: SEVERITIES },
  Detection: { about: 'The conditions, or the steps of a correlation', kinds: ['simple_rule', 'correlation_rule'] },
  Mappings: { about: 'Names and the fields they stand for', kinds: ['data_model'] },
  Description: { about: 'What it is about' },
  Runbook: { about: 'What to do about an alert, in Markdown', kinds: ALERTING },
  Reference: { about: 'An address with more about it', kinds: ALERTING },
  Tags: { about: 'Words to find it by', kinds: [...ALERTING, 'global'] },
  Reports: { about: 'What it covers, by framework', kinds: ALERTING },
  Status: { about: 'Such as Experimental or Deprecated', kinds: ALERTING },
  CreateAlert: { about: 'Whether matches make alerts; else they are signals alone', kinds: [...RULES, 'correlation_rule'], values: BOOLEANS },
  DedupPeriodMinutes: { about: 'How long matches with the same dedup string go into one alert; 60 when left out', kinds: RULES },
  Threshold: { about: 'How many matches within the period make an alert; 1 when left out', kinds: RULES },
  SummaryAttributes: { about: 'Fields whose values an alert sums up', kinds: [...RULES, 'correlation_rule'] },
  OutputIds: { about: 'Ids of destinations that get its alerts, whatever their severity', kinds: ALERTING },
  InlineFilters: { about: 'Conditions that an event must meet before the rule is asked', kinds: ['rule', 'simple_rule'] },
  AlertTitle: { about: 'The title of alerts, with fields in braces', kinds: ['simple_rule'] },
  AlertContext: { about: 'What goes with an alert: names and the fields they come from', kinds: ['simple_rule'] },
  DynamicSeverities: { about: 'Other severities under conditions; the first that holds counts', kinds: ['simple_rule'] },
  GroupBy: { about: 'Fields by whose values matches go into one alert', kinds: ['simple_rule'] },
  BaseDetection: { about: 'The rule that this one takes its logic from', kinds: RULES },
  Tests: { about: 'Events, and what is expected of them', kinds: ALERTING },
};

/** Keys further in. */
export const INNER_KEYS: Readonly<Record<string, string>> = {
  Key: 'A field at the top of the event', KeyPath: 'A field, with a dot before what is inside', DeepKey: 'A field, as a list of keys',
  Condition: 'How the field is compared', Value: 'What it is compared with', Values: 'Several values to compare with',
  Expressions: 'Conditions for each element', All: 'All of these hold', Any: 'At least one of these holds', OnlyOne: 'Exactly one holds', None: 'None holds',
  KeyName: 'The name in the context', KeyValue: 'The field it comes from', ChangeTo: 'The severity it gets', Conditions: 'When it does',
  Sequence: 'Steps, one after the other', Group: 'Steps in any order', ID: 'The name of the step', MinMatchCount: 'Matches that are needed',
  Transitions: 'What holds steps together', MatchCriteria: 'Values that all steps share', LookbackWindowMinutes: 'How far back it looks, 15 at least',
  Schedule: 'How often it runs', RateMinutes: 'Minutes from one run to the next', TimeoutMinutes: 'The longest that a run may take',
  Name: 'The name of the test', ExpectedResult: 'What the detection must say', Log: 'The event', Resource: 'The resource', RuleOutputs: 'What the steps found', Mocks: 'What is put in place of functions',
  objectName: 'The name in the module that is replaced', returnValue: 'What a call of it gives',
};

export const CONDITIONS: readonly string[] = [
  'Equals', 'DoesNotEqual', 'IEquals', 'IDoesNotEqual', 'IsGreaterThan', 'IsGreaterThanOrEquals', 'IsLessThan', 'IsLessThanOrEquals',
  'Contains', 'DoesNotContain', 'IContains', 'IDoesNotContain', 'StartsWith', 'EndsWith', 'DoesNotStartWith', 'DoesNotEndWith',
  'IStartsWith', 'IEndsWith', 'IDoesNotStartWith', 'IDoesNotEndWith', 'IsIn', 'IsNotIn', 'Exists', 'DoesNotExist', 'IsNull', 'IsNotNull',
  'IsNullOrEmpty', 'IsNotNullOrEmpty', 'IsIPAddress', 'IsIPv4Address', 'IsIPv6Address', 'IsIPAddressPublic', 'IsIPAddressPrivate',
  'IsIPAddressInCIDR', 'IsIPAddressNotInCIDR', 'CIDRContainsIPAddresses', 'CIDRDoesNotContainIPAddresses',
  'AnyElement', 'AllElements', 'NoElement', 'OnlyOneElement', 'AlwaysTrue', 'AlwaysFalse',
];

export const keysOf = (kind: ItemKind): [string, Key][] =>
  Object.entries(KEYS).filter(([, { kinds }]) => kinds === undefined || kinds.includes(kind));

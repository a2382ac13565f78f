// What a new detection begins with: something that works, so that its tests pass before the first change.
import type { ItemKind, Texts } from '../../../api/editor';
import { write } from './yaml-write';

/** What is asked before. */
export type Beginning = { id: string; name: string; logType: string };

const LAST = { Severity: 'Medium', DedupPeriodMinutes: 60, Threshold: 1 };

export function templateOf(kind: ItemKind, { id, name, logType }: Beginning): Texts {
  const named = name === '' ? {} : { DisplayName: name };
  const logTypes = { LogTypes: [logType === '' ? 'Okta.SystemLog' : logType] };
  const python = { Filename: `${stemOf(id)}.py` };
  switch (kind) {
    case 'simple_rule':
      return { yaml: text({
        AnalysisType: 'rule', RuleID: id, ...named, Enabled: true, ...logTypes, ...LAST,
        Detection: [{ KeyPath: 'eventType', Condition: 'Equals', Value: 'example' }],
        AlertTitle: '{actor.alternateId} did it',
        Tests: EVENTS,
      }), python: null };
    case 'correlation_rule':
      return { yaml: text({
        AnalysisType: 'correlation_rule', RuleID: id, ...named, Enabled: true, Severity: 'High', ...CORRELATION,
      }), python: null };
    case 'scheduled_rule':
      return { yaml: text({
        AnalysisType: 'scheduled_rule', RuleID: id, ...named, Enabled: true, ...python, ScheduledQueries: ['My query'],
        ...LAST, Tests: EVENTS,
      }), python: RULE };
    case 'policy':
      return { yaml: text({
        AnalysisType: 'policy', PolicyID: id, ...named, Enabled: true, ...python, ResourceTypes: ['AWS.S3.Bucket'],
        Severity: 'Medium', Tests: RESOURCES,
      }), python: POLICY };
    default:
      return { yaml: text({
        AnalysisType: 'rule', RuleID: id, ...named, Enabled: true, ...python, ...logTypes, ...LAST, Tests: EVENTS,
      }), python: RULE };
  }
}

/** A name for the file of Python, as the server makes them. */
export function stemOf(id: string): string {
  return id.slice(0, 100).replace(/[^a-zA-Z0-9]/g, '_').toLowerCase() || 'item';
}

function text(keys: Record<string, unknown>): string {
  return `${write(keys, 0)}\n`;
}

const EVENTS = [
  { Name: 'What is to be found', ExpectedResult: true, Log: { eventType: 'example', actor: { alternateId: 'ada@example.com' } } },
  { Name: 'Anything else', ExpectedResult: false, Log: { eventType: 'other' } },
];
const RESOURCES = [
  { Name: 'As it should be', ExpectedResult: true, Resource: { EncryptionRules: [{ SSEAlgorithm: 'AES256' }] } },
  { Name: 'Not as it should be', ExpectedResult: false, Resource: { EncryptionRules: null } },
];
const CORRELATION = {
  Detection: [{
    Sequence: [{ ID: 'First', RuleID: 'Id.Of.A.Rule' }, { ID: 'Then', RuleID: 'Id.Of.Another.Rule' }],
    Transitions: [{ ID: 'First to Then', From: 'First', To: 'Then', WithinTimeFrameMinutes: 30, Match: [{ On: 'p_any_usernames' }] }],
    LookbackWindowMinutes: 60,
    Schedule: { RateMinutes: 30, TimeoutMinutes: 5 },
  }],
  Tests: [{
    Name: 'One after the other', ExpectedResult: true,
    RuleOutputs: [
      { ID: 'First', Matches: { p_any_usernames: { ada: [0] } } },
      { ID: 'Then', Matches: { p_any_usernames: { ada: [5] } } },
    ],
  }],
};

const RULE = `def rule(event):
    # True makes an alert.
    return event.get("eventType") == "example"


def title(event):
    # Matches with the same title go into one alert.
    return f"{event.deep_get('actor', 'alternateId', default='somebody')} did it"
`;
const POLICY = `def policy(resource):
    # False makes an alert.
    return bool(resource.get("EncryptionRules"))
`;

// What became of a sample: each record with its event, or the reason why there is none.
import { Alert, Card, CardBody, CardTitle, Label } from '@patternfly/react-core';
import type { SchemaTrial, TriedRecord } from '../../api/intake';
import { JsonTree } from '../../parts/json-tree';
import { sentence } from '../../parts/failure';
import { counted } from '../sources/numbers';

/** Events of the first records are open. */
const OPEN_MAX = 3;

export function Results({ trial: { results, findings, summary } }: { trial: SchemaTrial }) {
  const isBroken = findings.some(({ level }) => level === 'error');
  return (
    <>
      {findings.map(({ level, line, column, path, message }) => (
        <Alert key={`${line}-${column}-${message}`} isInline isPlain variant={level === 'error' ? 'danger' : 'warning'}
          title={`${line ? `Line ${line}, column ${column}: ` : ''}${path ? `${path}: ` : ''}${sentence(message)}`} />
      ))}
      {!isBroken && (
        <p className="below above">
          {counted(summary.records, 'record')}, {counted(summary.events, 'event')}, {summary.failures === 0 ? 'nothing failed' : `${counted(summary.failures, 'record')} failed`}
          {summary.tried < summary.records && `; the first ${summary.tried} were tried`}.
        </p>
      )}
      <div className="stack">
        {results.map((tried, index) => <One key={tried.record} tried={tried} opensTo={index < OPEN_MAX ? 1 : 0} />)}
      </div>
    </>
  );
}

function One({ tried: { record, raw, logType, events, failures }, opensTo }: { tried: TriedRecord; opensTo: number }) {
  return (
    <Card isCompact>
      <CardTitle>
        Record {record} {failures.length > 0 ? <Label isCompact color="red">failed</Label> : <Label isCompact color="green">{logType ?? 'taken'}</Label>}
      </CardTitle>
      <CardBody>
        {failures.map(({ logType: by, field, reason }, index) => (
          <p key={index} className="breakable above">{by && <strong>{by}: </strong>}{field && <><code>{field}</code> </>}{sentence(reason)}</p>
        ))}
        {failures.length > 0 && <pre className="pre mono small" role="region" aria-label={`Record ${record}`}>{raw}</pre>}
        {events.map((event, index) => <div key={index} className="json"><JsonTree value={event} opensTo={opensTo} /></div>)}
        {failures.length === 0 && events.length === 0 && <p className="subtle">The schema takes it without an event.</p>}
      </CardBody>
    </Card>
  );
}

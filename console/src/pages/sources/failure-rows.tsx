// Records that did not parse or fit no schema, each with its reason. What they hold is shown as text, whatever it is.
import { CodeBlock, CodeBlockCode, DataList, DataListCell, DataListItem, DataListItemCells, DataListItemRow } from '@patternfly/react-core';
import { Link } from '@tanstack/react-router';
import type { RecordFailure } from '../../api/intake';
import { sentence } from '../../parts/failure';
import { Moment } from '../../parts/moment';

export function FailureRows({ failures }: { failures: readonly RecordFailure[] }) {
  return (
    <DataList aria-label="Failures" isCompact>
      {failures.map((failure, index) => <One key={`${failure.receivedAt}-${index}`} failure={failure} />)}
    </DataList>
  );
}

function One({ failure: { receivedAt, logType, reason, payload, truncated } }: { failure: RecordFailure }) {
  return (
    <DataListItem aria-label={`Failure of ${receivedAt}`}>
      <DataListItemRow>
        <DataListItemCells dataListCells={[
          <DataListCell key="failure">
            <Moment at={receivedAt} /> {logType && <span className="subtle">last tried on {logType}</span>}
            <p className="breakable above">{sentence(reason)}</p>
            {payload === null
              ? <p className="subtle small">Your role does not show what records hold.</p>
              : <CodeBlock><CodeBlockCode className="snippet payload" tabIndex={0} role="region" aria-label="The record">{payload}</CodeBlockCode></CodeBlock>}
            {payload !== null && truncated && <p className="subtle small">It was longer; its beginning is kept.</p>}
            {logType && payload !== null && (
              <Link to="/schemas/$name" params={{ name: logType }} state={{ sample: payload }}>Try this on {logType}</Link>
            )}
          </DataListCell>,
        ]} />
      </DataListItemRow>
    </DataListItem>
  );
}

// What detections name and the matrix does not have.
import { Title } from '@patternfly/react-core';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { Link } from '@tanstack/react-router';
import type { CoverageMatrix } from '../../../api/types';
import { Dotted } from '../../../parts/dotted';

/** Detections that a row names. */
const NAMED_MAX = 5;

export function Unplaced({ unknown }: { unknown: CoverageMatrix['unknown'] }) {
  if (unknown.length === 0) return null;
  return (
    <>
      <Title headingLevel="h2" size="lg" className="section-title">Not in the matrix</Title>
      <Table variant="compact" aria-label="Entries that are not in the matrix">
        <Thead><Tr><Th>Entry</Th><Th>Why</Th><Th>Detections</Th></Tr></Thead>
        <Tbody>
          {unknown.map(({ entry, reason, detections }) => (
            <Tr key={entry}>
              <Td dataLabel="Entry" modifier="breakWord">{entry}</Td>
              <Td dataLabel="Why">{reason}</Td>
              <Td dataLabel="Detections" modifier="breakWord">
                {detections.slice(0, NAMED_MAX).map((id) => (
                  <div key={id}><Link to="/detections/$id" params={{ id }}><Dotted>{id}</Dotted></Link></div>
                ))}
                {detections.length > NAMED_MAX && (
                  <Link to="/detections" search={{ mitre: entry }}>{detections.length - NAMED_MAX} more</Link>
                )}
              </Td>
            </Tr>
          ))}
        </Tbody>
      </Table>
    </>
  );
}

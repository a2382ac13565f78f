// The fields of a schema as a table.
import { Label } from '@patternfly/react-core';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { Dotted } from '../../parts/dotted';
import { Nothing } from '../../parts/nothing';
import type { FieldRow } from './fields';

export function FieldTable({ fields }: { fields: readonly FieldRow[] }) {
  if (fields.length === 0) return <Nothing title="No fields">The text has none that can be read.</Nothing>;
  return (
    <Table variant="compact" aria-label="Fields">
      <Thead><Tr><Th width={35}>Field</Th><Th>Type</Th><Th width={40}>Meaning</Th></Tr></Thead>
      <Tbody>
        {fields.map(({ path, type, isRequired, isEventTime, indicators, notes, description }, index) => (
          <Tr key={`${path}-${index}`}>
            <Td dataLabel="Field" modifier="breakWord"><code><Dotted>{path}</Dotted></code></Td>
            <Td dataLabel="Type">
              {type}
              {isRequired && <> <Label isCompact color="blue">required</Label></>}
              {isEventTime && <> <Label isCompact color="teal">event time</Label></>}
              {indicators.length > 0 && <div className="subtle small">{indicators.length === 1 ? 'indicator' : 'indicators'}: {indicators.join(', ')}</div>}
              {notes.length > 0 && <div className="subtle small breakable">{notes.join(', ')}</div>}
            </Td>
            <Td dataLabel="Meaning" modifier="breakWord">{description}</Td>
          </Tr>
        ))}
      </Tbody>
    </Table>
  );
}

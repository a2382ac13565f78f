// Log schemas of every origin.
import { Button, Form, Label } from '@patternfly/react-core';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { schemaListQuery, type SchemaOverview } from '../../api/intake';
import type { SchemaListSearch } from '../../app/searches-intake';
import { useMay } from '../../app/session';
import { Dotted } from '../../parts/dotted';
import { Loaded } from '../../parts/loaded';
import { Moment } from '../../parts/moment';
import { Nothing } from '../../parts/nothing';
import { PageFrame } from '../../parts/page';
import { SearchField } from '../../parts/search-field';
import { Select } from '../../parts/select';
import { OriginLabel, ORIGIN_WORDS } from './origin';

export function SchemasPage() {
  const schemas = useQuery(schemaListQuery);
  const search = useSearch({ from: '/shell/schemas' });
  const navigate = useNavigate({ from: '/schemas' });
  const mayManage = useMay()('LogSourceModify');
  const change = (part: SchemaListSearch) => void navigate({ search: (old) => ({ ...old, ...part }), replace: true });
  const make = mayManage && <Button component={(props) => <Link {...props} to="/schemas/$name" params={{ name: 'new' }} />}>Write a schema</Button>;
  return (
    <PageFrame title="Schemas" about="What logs look like: the fields of each log type." actions={make}>
      <Form className="filters" onSubmit={(event) => event.preventDefault()}>
        <SearchField id="schema-contains" label="Name or description" className="wide" value={search.contains ?? ''}
          onChange={(text) => change({ contains: text || undefined })} />
        <Select id="schema-origin" label="Origin" value={search.origin ?? 'any'} options={[['any', 'Any'], ...ORIGIN_WORDS]}
          onChange={(word) => change({ origin: word === 'any' ? undefined : word })} />
      </Form>
      <Loaded query={schemas} what="Schemas">
        {({ results }) => {
          const found = results.filter((schema) => fits(schema, search));
          if (found.length === 0) return <Nothing title="No schema is like that" action={make}>Try another part of the name, or any origin.</Nothing>;
          return <SchemaTable schemas={found} />;
        }}
      </Loaded>
    </PageFrame>
  );
}

function fits({ name, description, origin, isArchived }: SchemaOverview, { contains = '', origin: wanted }: SchemaListSearch): boolean {
  const part = contains.toLowerCase();
  const isOfOrigin = wanted === undefined || (wanted === 'archived' ? isArchived : origin === wanted && !isArchived);
  return isOfOrigin && (name.toLowerCase().includes(part) || description.toLowerCase().includes(part));
}

function SchemaTable({ schemas }: { schemas: SchemaOverview[] }) {
  return (
    <Table variant="compact" aria-label="Schemas">
      <Thead><Tr><Th width={50}>Schema</Th><Th>Origin</Th><Th>Fields</Th><Th>Sources</Th><Th>Changed</Th></Tr></Thead>
      <Tbody>
        {schemas.map((schema) => (
          <Tr key={schema.name}>
            <Td dataLabel="Schema" modifier="breakWord">
              <Link to="/schemas/$name" params={{ name: schema.name }}><Dotted>{schema.name}</Dotted></Link>
              {schema.problem && <> <Label isCompact color="red">not used</Label></>}
              <div className="subtle small">{schema.description}</div>
            </Td>
            <Td dataLabel="Origin"><OriginLabel schema={schema} /></Td>
            <Td dataLabel="Fields">{schema.fieldCount}</Td>
            <Td dataLabel="Sources">{schema.sourceCount}</Td>
            <Td dataLabel="Changed">{schema.updatedAt ? <Moment at={schema.updatedAt} isRelative /> : <span className="subtle">with the server</span>}</Td>
          </Tr>
        ))}
      </Tbody>
    </Table>
  );
}

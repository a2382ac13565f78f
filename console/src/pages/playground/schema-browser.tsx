// The schema beside the editor: what can be asked, type by type, and a search over all of it.
import { Title } from '@patternfly/react-core';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import type { GraphQLSchema } from 'graphql';
import { useMemo } from 'react';
import { SearchField } from '../../parts/search-field';
import { matchesIn, MATCHES_MAX, typesOf } from './schema-find';
import { TypeView } from './schema-type';

export function SchemaBrowser({ schema }: { schema: GraphQLSchema }) {
  const { type: name, contains = '' } = useSearch({ from: '/shell/settings/playground' });
  const navigate = useNavigate({ from: '/settings/playground' });
  const type = name === undefined ? undefined : schema.getType(name);
  return (
    <section aria-label="Schema" className="schema-browser">
      <Title headingLevel="h2" size="lg">Schema</Title>
      <SearchField id="schema-contains" label="Find a type or field" value={contains}
        onChange={(text) => void navigate({ search: text ? { contains: text } : {}, replace: true, resetScroll: false })} />
      {contains !== '' && <Matches schema={schema} text={contains} />}
      {contains === '' && name !== undefined && (
        <>
          <p className="below"><Link to="/settings/playground" search={{}} replace resetScroll={false}>All types</Link></p>
          {type ? <TypeView schema={schema} type={type} /> : <p>The schema has no type {name}.</p>}
        </>
      )}
      {contains === '' && name === undefined && <Start schema={schema} />}
    </section>
  );
}

function Start({ schema }: { schema: GraphQLSchema }) {
  const roots = [schema.getQueryType(), schema.getMutationType()].filter((one) => one != null);
  return (
    <div className="below">
      {roots.map(({ name }) => <Entry key={name} type={name} about={name === 'Query' ? 'what can be read' : 'what can be changed'} />)}
      <details className="below">
        <summary>All types</summary>
        {typesOf(schema).map(({ name }) => <Entry key={name} type={name} />)}
      </details>
    </div>
  );
}

function Matches({ schema, text }: { schema: GraphQLSchema; text: string }) {
  const matches = useMemo(() => matchesIn(schema, text), [schema, text]);
  return (
    <div className="below">
      <p role="status" className="subtle small">{matches.length > MATCHES_MAX ? `${matches.length} found, the first ${MATCHES_MAX} are listed` : `${matches.length} found`}</p>
      {matches.slice(0, MATCHES_MAX).map(({ type, field, about }) => <Entry key={`${type}.${field}`} type={type} field={field} about={about} />)}
    </div>
  );
}

function Entry({ type, field = null, about }: { type: string; field?: string | null; about?: string }) {
  return (
    <div className="schema-entry">
      <Link to="/settings/playground" search={{ type }} replace resetScroll={false}><code className="breakable">{field === null ? type : `${type}.${field}`}</code></Link>
      {about && <div className="small">{about}</div>}
    </div>
  );
}

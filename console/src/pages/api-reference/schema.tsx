// A schema that is unfolded a level at a time; what contains itself is named and not unfolded within itself.
import { useState } from 'react';
import type { OpenApi, Schema } from '../../api/openapi';
import { alternatives, follow, hasInside, kindOf, membersOf, wordsOf, type Member } from './schemas';
import { Words } from '../../parts/words';

type Props = { document: OpenApi; schema: Schema; above?: readonly string[]; depth?: number };

/** What is inside a schema: members of an object, entries of a list, alternatives. */
export function SchemaTree({ document, schema, above = [], depth = 0 }: Props) {
  const { schema: found, names } = follow(document, schema);
  const isAgain = names.some((name) => above.includes(name));
  const inside = { document, above: [...above, ...names], depth };
  if (isAgain) return <p className="subtle small">as above: {names.at(-1)}</p>;
  const members = membersOf(document, found);
  const choices = alternatives(found);
  if (members.length > 0) return <>{members.map((member) => <Line key={member.name} member={member} {...inside} />)}</>;
  if (found.items) return <SchemaTree {...inside} schema={found.items} />;
  if (choices.some((one) => hasInside(document, one))) {
    return <>{choices.map((one, index) => <Line key={index} member={{ name: `either ${index + 1}`, schema: one, isRequired: false }} {...inside} />)}</>;
  }
  return null;
}

type LineProps = { document: OpenApi; member: Member; above: readonly string[]; depth: number };

function Line({ document, member, above, depth }: LineProps) {
  const [isOpen, setOpen] = useState(false);
  const label = <Label document={document} member={member} />;
  if (!hasInside(document, member.schema)) return <div className="schema-line">{label}</div>;
  return (
    <details className="schema-line" open={isOpen} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{label}</summary>
      {isOpen && <div className="json-children"><SchemaTree document={document} schema={member.schema} above={above} depth={depth + 1} /></div>}
    </details>
  );
}

function Label({ document, member: { name, schema, isRequired } }: { document: OpenApi; member: Member }) {
  const { schema: found } = follow(document, schema);
  const words = wordsOf(document, found.items ?? schema);
  const marks = [isRequired && 'required', found.readOnly && 'read only', found.writeOnly && 'never shown', found.deprecated && 'deprecated'];
  return (
    <>
      <code>{name}</code> <span className="subtle small">{[kindOf(document, schema), ...marks.filter(Boolean)].join(', ')}</span>
      {found.default !== undefined && found.default !== null && <span className="small"> default <code>{JSON.stringify(found.default)}</code></span>}
      {(found.description ?? words.length > 0) && (
        <div className="small breakable">
          <Words text={found.description} />
          {words.length > 0 && <> {words.map((word) => <code key={String(word)} className="word">{String(word)}</code>)}</>}
        </div>
      )}
    </>
  );
}

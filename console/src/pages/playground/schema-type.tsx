// One type of the schema: its fields with what they take, its words, or what it may be.
import {
  getNamedType, isAbstractType, isEnumType, isInputObjectType, isInterfaceType, isObjectType,
  type GraphQLArgument, type GraphQLField, type GraphQLInputField, type GraphQLNamedType, type GraphQLSchema, type GraphQLType,
} from 'graphql';
import { Title } from '@patternfly/react-core';
import { Link } from '@tanstack/react-router';
import { Words } from '../../parts/words';

export function TypeView({ schema, type }: { schema: GraphQLSchema; type: GraphQLNamedType }) {
  return (
    <section>
      <Title headingLevel="h3" size="md" className="breakable">{kindOf(type)} <code>{type.name}</code></Title>
      {type.description && <p className="small"><Words text={type.description} /></p>}
      {(isObjectType(type) || isInterfaceType(type)) && Object.values(type.getFields()).map((field) => <Field key={field.name} field={field} />)}
      {isInputObjectType(type) && Object.values(type.getFields()).map((field) => <Argument key={field.name} argument={field} />)}
      {isEnumType(type) && type.getValues().map(({ name, description }) => (
        <div key={name} className="schema-entry"><code>{name}</code><p className="small"><Words text={description ?? ''} /></p></div>
      ))}
      {isAbstractType(type) && (
        <p>It is one of {schema.getPossibleTypes(type).map((one) => <span key={one.name}><TypeLink type={one} /> </span>)}</p>
      )}
    </section>
  );
}

function Field({ field: { name, description, args, type, deprecationReason } }: { field: GraphQLField<unknown, unknown> }) {
  return (
    <div className="schema-entry">
      <code>{name}</code>: <TypeLink type={type} />
      <p className="small"><Words text={description ?? ''} />{deprecationReason && ` Deprecated: ${deprecationReason}`}</p>
      {args.length > 0 && <div className="json-children">{args.map((one) => <Argument key={one.name} argument={one} />)}</div>}
    </div>
  );
}

function Argument({ argument: { name, description, type, defaultValue } }: { argument: GraphQLArgument | GraphQLInputField }) {
  return (
    <div className="schema-entry">
      <code>{name}</code>: <TypeLink type={type} />{defaultValue !== undefined && <code className="subtle"> = {JSON.stringify(defaultValue)}</code>}
      {description && <p className="small"><Words text={description} /></p>}
    </div>
  );
}

/** `[Alert!]!`, which leads to `Alert`. */
function TypeLink({ type }: { type: GraphQLType }) {
  const { name } = getNamedType(type);
  return <Link to="/settings/playground" search={{ type: name }} replace resetScroll={false}><code>{String(type)}</code></Link>;
}

function kindOf(type: GraphQLNamedType): string {
  if (isEnumType(type)) return 'Words of';
  if (isInputObjectType(type)) return 'Input';
  if (isAbstractType(type)) return 'Any of';
  return isObjectType(type) ? 'Type' : 'Value';
}

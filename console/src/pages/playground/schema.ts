// The schema of the server, as introspection tells it.
import { buildClientSchema, getIntrospectionQuery, type GraphQLSchema, type IntrospectionQuery } from 'graphql';
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { introspectionQuery } from '../../api/graphql';

export function useSchema() {
  const asked = useQuery(introspectionQuery(getIntrospectionQuery()));
  const schema = useMemo((): GraphQLSchema | undefined =>
    (asked.data === undefined ? undefined : buildClientSchema(asked.data as IntrospectionQuery)), [asked.data]);
  return { asked, schema };
}

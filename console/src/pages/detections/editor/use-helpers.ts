// What the editors suggest and explain, by what the server knows of log types, data models and globals.
import type { CompletionSource } from '@codemirror/autocomplete';
import { useQueries, useQuery } from '@tanstack/react-query';
import { useMemo, useRef } from 'react';
import { dataModelsQuery, fieldsQuery, globalsQuery, logTypesQuery } from '../../../api/editor';
import type { Explain } from '../../../parts/code';
import type { Known } from './complete';
import { completePython, explainPython } from './complete-python';
import { completeYaml, explainYaml } from './complete-yaml';
import { STANDARD_FIELDS } from './fields';
import type { Work } from './work';
import { listOf } from './yaml-read';

export type Helpers = {
  completePython: CompletionSource; completeYaml: CompletionSource; explainPython: Explain; explainYaml: Explain;
};

/** Log types of one rule whose fields are asked for. */
const LOG_TYPES_MAX = 20;

export function useHelpers({ kind, reading }: Work): Helpers {
  // While the YAML cannot be read, those of before count.
  const last = useRef<string[]>([]);
  if (reading.values) last.current = listOf(reading.values['LogTypes']);
  const logTypes = useQuery(logTypesQuery);
  const models = useQuery(dataModelsQuery);
  const globals = useQuery(globalsQuery);
  const all = logTypes.data?.results ?? [];
  const wanted = last.current.filter((name) => all.some((one) => one.name === name)).slice(0, LOG_TYPES_MAX);
  const fields = useQueries({
    queries: wanted.map((name) => fieldsQuery(name)),
    combine: (results) => results.flatMap(({ data }) => data ?? []),
  });
  const known: Known = useMemo(() => ({
    fields: [...fields, ...STANDARD_FIELDS],
    logTypes: all,
    names: (models.data?.results ?? []).flatMap((model) => (model.mappings ?? []).map((mapping) => ({
      name: mapping.name, about: `${model.id}: ${mapping.path ?? mapping.method ?? ''}`,
    }))),
    helpers: (globals.data?.results ?? []).map(({ id, description, body }) => ({
      id, description: description ?? '', functions: [...body.matchAll(/^(?:def|class) (\w+)/gm)].map(([, name = '']) => name),
    })),
  }), [fields, logTypes.data, models.data, globals.data]);
  return useMemo(() => ({
    completePython: (context) => completePython(context, known),
    completeYaml: (context) => completeYaml(context, known, kind),
    explainPython: (text, position) => explainPython(text, position, known),
    explainYaml: (text, position) => explainYaml(text, position, known),
  }), [known, kind]);
}

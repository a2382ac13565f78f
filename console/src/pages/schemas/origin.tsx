// Where a schema comes from.
import { Label } from '@patternfly/react-core';
import type { SchemaOverview } from '../../api/intake';

export const ORIGIN_WORDS = [
  ['built-in', 'Built in'], ['folder', 'Of a folder'], ['custom', 'Custom'], ['archived', 'Archived'],
] as const;

export function OriginLabel({ schema: { origin, isArchived } }: { schema: SchemaOverview }) {
  const word = ORIGIN_WORDS.find(([key]) => key === (isArchived ? 'archived' : origin))?.[1] ?? origin;
  return <Label isCompact variant="outline" color={isArchived ? 'grey' : origin === 'custom' ? 'blue' : 'teal'}>{word}</Label>;
}

// What makes matches of a simple rule belong together: paths of fields.
import { ListField } from './list-field';
import type { KeyProps } from './settings-fields';
import { mapsOf, textOf } from './yaml-read';

export function GroupBy({ work, values, isReadOnly }: KeyProps) {
  const entries = mapsOf(values['GroupBy']);
  const isPlain = entries.every((entry) => Object.keys(entry).length === 1 && typeof entry['KeyPath'] === 'string');
  if (!isPlain) return <p className="subtle">What matches are grouped by stands under Code, as GroupBy.</p>;
  return (
    <ListField id="key-GroupBy" label="Grouped by" items={entries.map((entry) => textOf(entry, 'KeyPath'))} isReadOnly={isReadOnly}
      help="Matches with the same values of these fields go into one alert; by the title when there is none"
      onChange={(paths) => work.edit(['GroupBy'], paths.length === 0 ? undefined : paths.map((KeyPath) => ({ KeyPath })))} />
  );
}

// A JSON value that holds no others, as it is written.
import { ExactNumber, toJson } from '../api/exact-json';

export function JsonValue({ value }: { value: unknown }) {
  return <span className={`json-${kindOf(value)}`}>{value === undefined ? 'nothing' : toJson(value)}</span>;
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  return typeof value === 'bigint' || value instanceof ExactNumber ? 'number' : typeof value;
}

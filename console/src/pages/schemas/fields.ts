// The fields of a schema, read from its text, for a table. What the server took needs no check here; what is being
// written may be broken, and then there are none.
import { parse } from 'yaml';

export type FieldRow = {
  path: string; depth: number; type: string; isRequired: boolean; isEventTime: boolean; indicators: string[];
  notes: string[]; description: string;
};
/** Null stands for what the text does not state. */
export type SchemaText = {
  name: string; description: string | null; referenceURL: string | null; isFieldDiscoveryEnabled: boolean | null; fields: FieldRow[];
};

/** Rows of one schema that are shown, and how deep fields are followed. */
const ROWS_MAX = 2_000;
const DEPTH_MAX = 64;

type Node = Record<string, unknown>;
const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null && !Array.isArray(value);
const textOf = (value: unknown): string => (typeof value === 'string' || typeof value === 'number' ? String(value) : '');
const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

/** Null for a text that is no YAML mapping. */
export function readSchema(text: string): SchemaText | null {
  let root: unknown;
  try {
    root = parse(text, { maxAliasCount: 100 });
  } catch {
    return null;
  }
  if (!isNode(root)) return null;
  const fields: FieldRow[] = [];
  add(fields, root['fields'], isNode(root['definitions']) ? root['definitions'] : {}, '', 0);
  return {
    name: textOf(root['schema']),
    description: 'description' in root ? textOf(root['description']) : null,
    referenceURL: 'referenceURL' in root ? textOf(root['referenceURL']) : null,
    isFieldDiscoveryEnabled: 'fieldDiscoveryEnabled' in root ? root['fieldDiscoveryEnabled'] === true : null, fields,
  };
}

function add(rows: FieldRow[], list: unknown, definitions: Node, parent: string, depth: number): void {
  if (depth > DEPTH_MAX) return;
  for (const field of listOf(list)) {
    if (!isNode(field) || rows.length >= ROWS_MAX) continue;
    const path = parent + textOf(field['name']);
    const { value, type, inner, suffix } = resolved(field, definitions);
    rows.push({
      path: path + suffix, depth, type, isRequired: field['required'] === true, isEventTime: value['isEventTime'] === true,
      indicators: listOf(value['indicators']).map(textOf).filter((word) => word !== ''), notes: notesOf(value),
      description: textOf(field['description']),
    });
    add(rows, inner, definitions, `${path}${suffix}.`, depth + 1);
  }
}

/** Follows references and the elements of arrays to what is inside. */
function resolved(field: Node, definitions: Node): { value: Node; type: string; inner: unknown; suffix: string } {
  let [value, type, suffix] = [field, textOf(field['type']), ''];
  for (let steps = 0; steps < DEPTH_MAX; steps += 1) {
    const next = type === 'ref' ? definitions[textOf(value['target'])] : type === 'array' ? value['element'] : null;
    if (!isNode(next)) break;
    if (type === 'array') suffix += '[]';
    [value, type] = [next, textOf(next['type'])];
  }
  return { value, type: suffix ? `array of ${type}` : type, inner: value['fields'], suffix };
}

function notesOf(value: Node): string[] {
  const formats = value['timeFormats'] ?? value['timeFormat'];
  const { allow, deny } = isNode(value['validate']) ? value['validate'] : {};
  return [
    ...listOf(Array.isArray(formats) ? formats : [formats]).map(textOf).filter((format) => format !== ''),
    ...(value['isEmbeddedJSON'] === true ? ['JSON in a text'] : []),
    ...(Array.isArray(allow) ? [`one of ${allow.map(textOf).join(', ')}`] : []),
    ...(Array.isArray(deny) ? [`none of ${deny.map(textOf).join(', ')}`] : []),
  ];
}

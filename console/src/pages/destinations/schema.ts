// The JSON Schema of a type's `config`, read into the fields of a form.

/** As much of JSON Schema as the server's types use. */
export type Schema = {
  type?: string; title?: string; description?: string; default?: unknown; enum?: string[]; format?: string;
  writeOnly?: boolean; contentMediaType?: string; required?: string[]; minimum?: number;
  properties?: Record<string, Schema>; additionalProperties?: boolean | Schema; items?: Schema; minItems?: number;
  oneOf?: { required?: string[]; properties?: Record<string, false> }[];
};

type Common = { path: string; key: string; label: string; help: string | undefined; isRequired: boolean };
export type TextField = Common & { kind: 'text'; isSecret: boolean; isLong: boolean; isNumber: boolean; preset: string };
export type ChoiceField = Common & { kind: 'choice'; options: string[]; preset: string };
export type SwitchField = Common & { kind: 'switch'; preset: boolean };
export type ListField = Common & { kind: 'list' };
export type MapField = Common & { kind: 'map'; isSecret: boolean };
export type GroupField = Common & { kind: 'group'; fields: ConfigField[] };
export type ConfigField = TextField | ChoiceField | SwitchField | ListField | MapField | GroupField;

/** Fields in the schema's order, what is required first; the server gives keys in the order in which they matter. */
export function fieldsOf(schema: Schema, path = 'config'): ConfigField[] {
  const required = schema.required ?? [];
  const fields = Object.entries(schema.properties ?? {}).map(([key, node]) =>
    fieldOf(node, { path: `${path}.${key}`, key, label: node.title ?? key, help: node.description, isRequired: required.includes(key) }));
  return [...fields.filter((field) => field.isRequired), ...fields.filter((field) => !field.isRequired)];
}

function fieldOf(node: Schema, common: Common): ConfigField {
  if (node.type === 'object' && node.properties) return { ...common, kind: 'group', fields: fieldsOf(node, common.path) };
  if (node.type === 'object') {
    const values = typeof node.additionalProperties === 'object' ? node.additionalProperties : {};
    return { ...common, kind: 'map', isSecret: values.writeOnly === true };
  }
  if (node.type === 'array') return { ...common, kind: 'list' };
  if (node.type === 'boolean') return { ...common, kind: 'switch', preset: node.default === true };
  const preset = node.default === undefined ? '' : String(node.default);
  if (node.enum) return { ...common, kind: 'choice', options: node.enum, preset };
  return {
    ...common, kind: 'text', isSecret: node.writeOnly === true, isLong: node.contentMediaType !== undefined,
    isNumber: node.type === 'integer' || node.type === 'number', preset,
  };
}

// The several ways to fill in a `config`, of which exactly one has to be gone: what each asks for, and what it does not take.
import type { ConfigField, Schema } from './schema';

/** What a way needs, what is needed for it alone, and what has no meaning with it. */
export type Way = { label: string; required: string[]; own: string[]; refused: string[] };

type Config = Record<string, unknown>;

/** The ways of a schema; none when there is but one. */
export function waysOf(schema: Schema): Way[] {
  const all = (schema.oneOf ?? []).map(({ required = [], properties = {} }) => ({ required, refused: Object.keys(properties) }));
  return all.map(({ required, refused }, index) => {
    const elsewhere = all.filter((_, other) => other !== index).flatMap((other) => other.required);
    const titles = required.map((key) => schema.properties?.[key]?.title ?? key);
    return { label: `By ${titles.join(', ')}`, required, own: required.filter((key) => !elsewhere.includes(key)), refused };
  });
}

/** The way that a stored `config` goes. */
export function wayOf(ways: readonly Way[], stored: Config): number {
  return Math.max(0, ways.findIndex((way) => way.own.some((key) => stored[key] !== undefined)));
}

/** Keys that a way does not take. */
function othersOf(ways: readonly Way[], chosen: number): string[] {
  return ways.flatMap(({ own, refused }, index) => (index === chosen ? refused : own));
}

/** The fields that one way needs or leaves open; what belongs to another way is not asked for. */
export function fieldsOfWay(fields: readonly ConfigField[], ways: readonly Way[], chosen: number): ConfigField[] {
  const way = ways[chosen];
  if (ways.length < 2 || !way) return [...fields];
  const others = othersOf(ways, chosen);
  const asked = fields.filter(({ key }) => !others.includes(key));
  const marked = asked.map((field) => (way.required.includes(field.key) ? { ...field, isRequired: true } : field));
  return [...marked.filter((field) => field.isRequired), ...marked.filter((field) => !field.isRequired)];
}

/** Without what belongs to another way than the one that was chosen; what is stored of that is taken away. */
export function withoutOthers(config: Config, ways: readonly Way[], chosen: number, stored: Config): Config {
  const others = othersOf(ways, chosen);
  const left = Object.fromEntries(Object.entries(config).filter(([key]) => !others.includes(key)));
  const cleared = others.filter((key) => stored[key] !== undefined).map((key) => [key, null]);
  return { ...left, ...Object.fromEntries(cleared) as Config };
}

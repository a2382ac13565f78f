// Values of YAML and JSON: compared, and changed in one place.

export type Path = readonly (string | number)[];

/** Whether two values say the same; the order of keys says nothing. */
export function isSame(one: unknown, other: unknown): boolean {
  if (Object.is(one, other)) return true;
  // The same number, read in two ways.
  if (typeof one === 'bigint' || typeof other === 'bigint') return typeof one !== 'string' && String(one) === String(other);
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return false;
  if (Array.isArray(one) !== Array.isArray(other)) return false;
  const [left, right] = [one as Record<string, unknown>, other as Record<string, unknown>];
  const keys = Object.keys(left);
  return keys.length === Object.keys(right).length && keys.every((key) => key in right && isSame(left[key], right[key]));
}

/** The value with another one in one place; `undefined` takes the place away. */
export function withValue(whole: unknown, path: Path, value: unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return value;
  const before = typeof whole === 'object' && whole !== null ? whole : typeof key === 'number' ? [] : {};
  const inner = (before as Record<string | number, unknown>)[key];
  const next = withValue(inner, rest, value);
  if (Array.isArray(before)) {
    if (next === undefined) return before.filter((_one, index) => index !== key);
    return Object.assign([...before], { [key]: next });
  }
  if (next !== undefined) return { ...before, [key]: next };
  return Object.fromEntries(Object.entries(before).filter(([name]) => name !== String(key)));
}

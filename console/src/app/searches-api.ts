// What may stand behind `?` in the addresses of the pages about the API.
type Raw = Record<string, unknown>;

const text = (raw: Raw, key: string): string | undefined => {
  const value = raw[key];
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return typeof value === 'string' && value !== '' ? value : undefined;
};

export type ReferenceSearch = { operation?: string; contains?: string };

export function referenceSearch(raw: Raw): ReferenceSearch {
  const [operation, contains] = [text(raw, 'operation'), text(raw, 'contains')];
  return { ...(operation ? { operation } : {}), ...(contains ? { contains } : {}) };
}

export type PlaygroundSearch = { type?: string; contains?: string };

export function playgroundSearch(raw: Raw): PlaygroundSearch {
  const [type, contains] = [text(raw, 'type'), text(raw, 'contains')];
  return { ...(type ? { type } : {}), ...(contains ? { contains } : {}) };
}

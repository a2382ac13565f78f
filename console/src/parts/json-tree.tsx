// A JSON value as a tree that opens and closes. Everything in it is text, whatever it looks like.
import { useState, type ReactNode } from 'react';
import { ExactNumber, isNested } from '../api/exact-json';
import { pathTo } from './json-leaves';
import { JsonValue } from './json-value';

/** How a value that holds no others is drawn instead, with the path as one writes it. */
type Field = (path: string, value: unknown, name: string) => ReactNode;
type Props = {
  value: unknown; name?: string | undefined; depth?: number; opensTo?: number; changed?: ReadonlySet<string>; path?: string;
  field?: Field | undefined; fieldPath?: string;
};

/** Entries of a list or object that are shown before one asks for more. */
const ENTRIES_SHOWN = 100;

export function JsonTree({ value, name, depth = 0, opensTo = 2, changed, path = '', field, fieldPath = '' }: Props) {
  const mark = changed?.has(path) ? ' json-changed' : '';
  if (!isNested(value)) {
    if (field && fieldPath !== '') return <div className="json-line">{field(fieldPath, value, name ?? fieldPath)}</div>;
    return <div className={`json-line${mark}`}><Name name={name} /><JsonValue value={value} /></div>;
  }
  return <Branch {...{ value, name, depth, opensTo, changed, path, mark, field, fieldPath }} />;
}

function Branch({ value, name, depth, opensTo, changed, path, mark, field, fieldPath }: Required<Omit<Props, 'name' | 'changed' | 'value' | 'field'>>
  & { value: object; name: string | undefined; changed: ReadonlySet<string> | undefined; mark: string; field: Field | undefined }) {
  const [isOpen, setOpen] = useState(depth < opensTo);
  const [shown, setShown] = useState(ENTRIES_SHOWN);
  const entries = Object.entries(value);
  const [open, close] = Array.isArray(value) ? ['[', ']'] : ['{', '}'];
  if (entries.length === 0) {
    return <div className={`json-line${mark}`}><Name name={name} /><span>{open}{close}</span></div>;
  }
  return (
    <details className={`json-branch${mark}`} open={isOpen} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary><Name name={name} />{open}{isOpen ? '' : `… ${close}`} <span className="subtle">{entries.length}</span></summary>
      {isOpen && (
        <div className="json-children">
          {entries.slice(0, shown).map(([key, child]) => (
            <JsonTree key={key} name={key} value={child} depth={depth + 1} opensTo={opensTo}
              path={`${path}/${key}`} {...(changed ? { changed } : {})} field={field} fieldPath={pathTo(fieldPath, key, Array.isArray(value))} />
          ))}
          {entries.length > shown && (
            <button type="button" className="json-more" onClick={() => setShown(shown + ENTRIES_SHOWN)}>
              {entries.length - shown} more
            </button>
          )}
        </div>
      )}
      {isOpen && <div>{close}</div>}
    </details>
  );
}

function Name({ name }: { name: string | undefined }) {
  return name === undefined ? null : <span className="json-name">{name}: </span>;
}

/** Paths at which two values differ, and the paths that lead there. */
export function differences(before: unknown, after: unknown, path = '', found = new Set<string>()): Set<string> {
  if (Object.is(before, after)) return found;
  if (before instanceof ExactNumber && after instanceof ExactNumber && before.text === after.text) return found;
  const [left, right] = [before, after].map((value) => (isNested(value) ? value : null));
  if (!left || !right) {
    found.add(path);
    return found;
  }
  const [a, b] = [left as Record<string, unknown>, right as Record<string, unknown>];
  for (const key of new Set([...Object.keys(a), ...Object.keys(b)])) differences(own(a, key), own(b, key), `${path}/${key}`, found);
  return found;
}

/** What an object itself has: names such as `constructor` are names like any other. */
function own(object: Record<string, unknown>, key: string): unknown {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

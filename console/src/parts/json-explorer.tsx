// A JSON value to look around in: a tree whose fields can be copied, and a search within it.
import { Button, TextInput, Toolbar, ToolbarContent, ToolbarItem } from '@patternfly/react-core';
import { useDeferredValue, useId, useMemo, useState } from 'react';
import { toJson } from '../api/exact-json';
import { useSay } from '../app/notices';
import { copy, NOT_COPIED } from './copy';
import { leavesOf, type Leaf } from './json-leaves';
import { JsonTree } from './json-tree';
import { FieldLine } from './json-field';

type Props = { value: unknown; label: string; opensTo?: number };

/** Fields that a search shows. */
const FOUND_MAX = 200;

export function JsonExplorer({ value, label, opensTo = 2 }: Props) {
  const id = useId();
  const say = useSay();
  const [typed, setTyped] = useState('');
  const [depth, setDepth] = useState({ opensTo, round: 0 });
  const wanted = useDeferredValue(typed.trim().toLowerCase());
  const found = useMemo(() => (wanted === '' ? null : search(value, wanted)), [value, wanted]);
  const take = async (text: string, what: string) => {
    if (await copy(text)) say(`Copied: ${what}`);
    else say(NOT_COPIED, 'danger');
  };
  const onCopy = (text: string, what: string) => void take(text, what);
  const isAll = depth.opensTo > opensTo;
  return (
    <>
      <Toolbar inset={{ default: 'insetNone' }} className="json-bar">
        <ToolbarContent>
          <ToolbarItem>
            <TextInput id={`${id}-search`} type="search" aria-label={`Search in ${label}`} placeholder="Search" value={typed}
              onChange={(_event, text) => setTyped(text)} />
          </ToolbarItem>
          <ToolbarItem>
            <Button variant="link" onClick={() => setDepth({ opensTo: isAll ? opensTo : Number.MAX_SAFE_INTEGER, round: depth.round + 1 })}>
              {isAll ? 'Collapse' : 'Expand all'}
            </Button>
          </ToolbarItem>
          <ToolbarItem><Button variant="link" aria-label={`Copy ${label}`} onClick={() => void take(toJson(value, false), label)}>Copy</Button></ToolbarItem>
        </ToolbarContent>
      </Toolbar>
      <div className="json">
        {found === null
          ? <JsonTree key={depth.round} value={value} opensTo={depth.opensTo} field={(path, leaf, name) => <FieldLine path={path} value={leaf} name={name} onCopy={onCopy} />} />
          : (
            <>
              <p className="subtle" aria-live="polite">{found.length === 0 ? 'No field has that' : found.length > FOUND_MAX ? `The first ${FOUND_MAX} fields that have it` : `${found.length} ${found.length === 1 ? 'field has' : 'fields have'} it`}</p>
              {found.slice(0, FOUND_MAX).map(({ path, value: leaf }) => (
                <div className="json-line" key={path}><FieldLine path={path} value={leaf} name={path} onCopy={onCopy} /></div>
              ))}
            </>
          )}
      </div>
    </>
  );
}

/** Fields whose path or value has the text; one more than are shown. */
function search(value: unknown, wanted: string): Leaf[] {
  const found: Leaf[] = [];
  for (const leaf of leavesOf(value)) {
    if (!`${leaf.path}\n${typeof leaf.value === 'string' ? leaf.value : toJson(leaf.value)}`.toLowerCase().includes(wanted)) continue;
    found.push(leaf);
    if (found.length > FOUND_MAX) break;
  }
  return found;
}

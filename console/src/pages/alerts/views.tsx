// Saved views: filters that one keeps, for oneself or for all, and the one with which the page opens.
import { Divider, Dropdown, DropdownGroup, DropdownItem, DropdownList, MenuToggle } from '@patternfly/react-core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { problemOf } from '../../api/problem';
import type { SavedView } from '../../api/types';
import { setDefaultView, updateView, viewsQuery } from '../../api/views';
import { useSay } from '../../app/notices';
import { written, type AlertListSearch } from '../../app/searches-alerts';
import { useSession } from '../../app/session';
import { sentence } from '../../parts/failure';
import { DeleteView, NameView } from './view-dialogs';

type Props = { search: AlertListSearch; onOpen: (view: SavedView | null) => void };
type Dialog = { kind: 'save' } | { kind: 'change' | 'delete'; view: SavedView };

export function Views({ search, onOpen }: Props) {
  const views = useQuery(viewsQuery);
  const { user } = useSession();
  const queries = useQueryClient();
  const say = useSay();
  const [isOpen, setOpen] = useState(false);
  const [dialog, setDialog] = useState<Dialog | null>(null);
  const all = views.data?.results ?? [];
  const current = all.find(({ id }) => id === search.view);
  const text = written(search);
  /** The view as it was opened here: what the filters were made from. */
  const [opened, setOpened] = useState<SavedView | null>(null);
  if (current && opened?.id !== current.id) setOpened(current);
  const isChanged = current !== undefined && current.search !== text;
  const again = () => queries.invalidateQueries({ queryKey: viewsQuery.queryKey });
  const deed = async (work: Promise<unknown>, done: string) => {
    try {
      await work;
      say(done);
    } catch (thrown) {
      say(`${current?.name ?? 'The view'} was not changed: ${sentence(problemOf(thrown).message)}`, 'danger');
    }
    await again();
  };
  const groups = [
    ['Your views', all.filter(({ createdBy }) => createdBy.id === user.id)] as const,
    ['Shared by others', all.filter(({ createdBy }) => createdBy.id !== user.id)] as const,
  ];
  const select = (value: string) => {
    setOpen(false);
    const chosen = all.find(({ id }) => id === value);
    if (chosen) {
      setOpened(chosen);
      onOpen(chosen);
    } else if (value === 'none') onOpen(null);
    else if (value === 'save') setDialog({ kind: value });
    else if ((value === 'change' || value === 'delete') && current) setDialog({ kind: value, view: current });
    else if (value === 'update' && current && opened) {
      void deed(updateView(opened, { name: opened.name, shared: opened.shared, search: text }).then(setOpened), `Saved: ${opened.name}`);
    } else if (value === 'default' && current) {
      void deed(setDefaultView(current.id, !current.isDefault),
        current.isDefault ? 'The page opens without a view' : `The page opens with ${current.name}`);
    }
  };
  return (
    <>
      <Dropdown isOpen={isOpen} onOpenChange={setOpen} onSelect={(_event, value) => select(String(value))} isScrollable
        popperProps={{ position: 'right', preventOverflow: true }}
        toggle={(ref) => (
          <MenuToggle ref={ref} isExpanded={isOpen} onClick={() => setOpen(!isOpen)}>
            View: {current ? `${current.name}${isChanged ? ', changed' : ''}` : 'none'}
          </MenuToggle>
        )}>
        <DropdownList>
          <DropdownItem value="none">Open and triaged alerts</DropdownItem>
        </DropdownList>
        {groups.map(([label, some]) => some.length > 0 && (
          <DropdownGroup key={label} label={label}>
            <DropdownList>
              {some.map((view) => (
                <DropdownItem key={view.id} value={view.id} isSelected={view.id === current?.id}
                  description={[view.shared ? 'shared' : '', view.isDefault ? 'the page opens with it' : ''].filter(Boolean).join(', ')}>
                  {view.name}
                </DropdownItem>
              ))}
            </DropdownList>
          </DropdownGroup>
        ))}
        <Divider component="li" />
        <DropdownList>
          {current?.mayChange && isChanged && <DropdownItem value="update">Save changes of {current.name}</DropdownItem>}
          <DropdownItem value="save">Save as a new view</DropdownItem>
          {current && <DropdownItem value="default">{current.isDefault ? 'Do not open the page with it' : 'Open the page with it'}</DropdownItem>}
          {current?.mayChange && <DropdownItem value="change">Rename or share {current.name}</DropdownItem>}
          {current?.mayChange && <DropdownItem value="delete">Delete {current.name}</DropdownItem>}
        </DropdownList>
      </Dropdown>
      {dialog?.kind === 'save' && <NameView view={null} search={text} onClose={() => setDialog(null)} onSaved={(view) => { void again(); onOpen(view); }} />}
      {dialog?.kind === 'change' && (
        <NameView view={dialog.view} search={dialog.view.search} onClose={() => setDialog(null)}
          onSaved={(view) => { if (opened?.revision === dialog.view.revision) setOpened(view); void again(); }} />
      )}
      {dialog?.kind === 'delete' && (
        <DeleteView view={dialog.view} onClose={() => setDialog(null)} onDeleted={() => { void again(); onOpen(null); }} />
      )}
    </>
  );
}

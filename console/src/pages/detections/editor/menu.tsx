// What else can be done with a detection: enable or disable it, delete it.
import { Dropdown, DropdownItem, DropdownList, MenuToggle } from '@patternfly/react-core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import EllipsisIcon from '@patternfly/react-icons/dist/esm/icons/ellipsis-v-icon';
import { deleteItem, itemKey, readItem, refreshOthers, switchItem, type Item } from '../../../api/editor';
import { problemOf } from '../../../api/problem';
import { useSay } from '../../../app/notices';
import { FormDialog } from '../../../parts/dialog';
import { KINDS } from './kinds';
import type { Work } from './work';

type Props = { item: Item; work: Work; onLeave: () => void };

export function Menu({ item, work, onLeave }: Props) {
  const [isOpen, setOpen] = useState(false);
  const [isDeleting, setDeleting] = useState(false);
  const queries = useQueryClient();
  const navigate = useNavigate();
  const say = useSay();
  const { id, enabled } = item;
  const switching = useMutation({
    mutationFn: () => switchItem(id, !enabled),
    onSuccess: async () => {
      // The texts stay; what is known about them is new.
      const now = await readItem(id);
      if (now.ok) queries.setQueryData(itemKey(id), { value: now.value, revision: work.base.revision });
      void refreshOthers(queries);
      say(enabled ? `Disabled: ${id}` : `Enabled: ${id}`);
    },
    onError: (thrown) => say(`Nothing was changed: ${problemOf(thrown).message}`, 'danger'),
  });
  const remove = async () => {
    await deleteItem(id, work.base.revision);
    onLeave();
    say(`Deleted: ${id}`);
    queries.removeQueries({ queryKey: ['detections'] });
    await navigate({ to: '/detections' });
  };
  const hasSwitch = KINDS[item.kind].hasSettings;
  const mayDelete = item.origin === 'api';
  if (!hasSwitch && !mayDelete) return null;
  return (
    <>
      <Dropdown isOpen={isOpen} onOpenChange={setOpen} popperProps={{ position: 'right' }}
        toggle={(ref) => (
          <MenuToggle ref={ref} variant="plain" isExpanded={isOpen} aria-label="What else can be done" icon={<EllipsisIcon />}
            onClick={() => setOpen(!isOpen)} />
        )}>
        <DropdownList>
          {hasSwitch && (
            <DropdownItem onClick={() => { setOpen(false); switching.mutate(); }}>{enabled ? 'Disable' : 'Enable'}</DropdownItem>
          )}
          {mayDelete && <DropdownItem isDanger onClick={() => { setOpen(false); setDeleting(true); }}>Delete</DropdownItem>}
        </DropdownList>
      </Dropdown>
      {isDeleting && (
        <FormDialog title={`Delete ${id}`} submit="Delete" isDanger size="small" keepsOpen failed="It is still there"
          onClose={() => setDeleting(false)} onSubmit={remove}>
          <p>It makes no more alerts. Those that are there stay. A file of a directory with the same id counts again.</p>
        </FormDialog>
      )}
    </>
  );
}

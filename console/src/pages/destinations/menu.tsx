// What can be done about a destination; what its dialogs need.
import { Dropdown, DropdownItem, DropdownList, MenuToggle } from '@patternfly/react-core';
import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import EllipsisIcon from '@patternfly/react-icons/dist/esm/icons/ellipsis-v-icon';
import { problemOf } from '../../api/problem';
import { setEnabled, unmuteDestination } from '../../api/destinations';
import type { Destination } from '../../api/types';
import { useSay } from '../../app/notices';
import { DeleteDialog, DisableDialog, TestDialog } from './dialogs';
import { MuteDialog } from './mute-dialog';

type Open = 'test' | 'mute' | 'disable' | 'delete';
type Item = { title: string; onClick: () => void };

type Props = { destination: Destination; onDeleted?: () => void };

export function DestinationMenu({ destination, onDeleted }: Props) {
  const { id, displayName, type, provisioned, enabled, mute, health } = destination;
  const [open, setOpen] = useState<Open | null>(null);
  const [isMenuOpen, setMenuOpen] = useState(false);
  const queries = useQueryClient();
  const navigate = useNavigate();
  const say = useSay();
  const refresh = () => queries.invalidateQueries({ queryKey: ['destinations'] });
  const done = (what: string) => {
    say(`${what}: ${displayName}`);
    void refresh();
  };
  const now = (deed: Promise<unknown>, what: string) => void deed.then(
    () => done(what),
    (thrown: unknown) => say(`${displayName}: ${problemOf(thrown).message}`, 'danger'),
  );
  const isUsable = health.state !== 'unreadable';
  const items: Item[] = [
    ...(provisioned ? [] : [{ title: 'Edit', onClick: () => void navigate({ to: '/destinations/$id/edit', params: { id } }) }]),
    ...(isUsable ? [{ title: 'Send test alert', onClick: () => setOpen('test') }] : []),
    { title: 'Duplicate', onClick: () => void navigate({ to: '/destinations/new/$type', params: { type }, search: { from: id } }) },
    { title: mute ? 'Change the mute' : 'Mute', onClick: () => setOpen('mute') },
    ...(mute ? [{ title: 'Unmute', onClick: () => now(unmuteDestination(id), 'No longer muted') }] : []),
    ...(provisioned || !isUsable ? [] : enabled
      ? [{ title: 'Disable', onClick: () => setOpen('disable') }]
      : [{ title: 'Enable', onClick: () => now(setEnabled(id, true), 'Enabled') }]),
    // What the configuration file declares is changed and deleted there.
    ...(provisioned ? [] : [{ title: 'Delete', onClick: () => setOpen('delete') }]),
  ];
  const shared = { destination, onClose: () => setOpen(null) };
  return (
    <>
      <Dropdown isOpen={isMenuOpen} onOpenChange={setMenuOpen} onSelect={() => setMenuOpen(false)}
        popperProps={{ appendTo: () => document.body, position: 'right' }}
        toggle={(ref) => (
          <MenuToggle ref={ref} variant="plain" isExpanded={isMenuOpen} onClick={() => setMenuOpen(!isMenuOpen)} icon={<EllipsisIcon />}
            aria-label={`What can be done about ${displayName}`} />
        )}>
        <DropdownList>{items.map(({ title, onClick }) => <DropdownItem key={title} onClick={onClick}>{title}</DropdownItem>)}</DropdownList>
      </Dropdown>
      {open === 'test' && <TestDialog {...shared} onClose={() => { setOpen(null); void refresh(); }} />}
      {open === 'mute' && <MuteDialog {...shared} onDone={() => done('Muted')} />}
      {open === 'disable' && <DisableDialog {...shared} onDone={() => done('Disabled')} />}
      {open === 'delete' && <DeleteDialog {...shared} onDone={() => { done('Deleted'); onDeleted?.(); }} />}
    </>
  );
}

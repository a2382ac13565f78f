// What can be done about a row of a table, behind three dots that say of what.
import { MenuToggle } from '@patternfly/react-core';
import { ActionsColumn, type IAction } from '@patternfly/react-table';
import EllipsisIcon from '@patternfly/react-icons/dist/esm/icons/ellipsis-v-icon';

export function RowActions({ of, items }: { of: string; items: IAction[] }) {
  return (
    <ActionsColumn items={items} popperProps={{ appendTo: () => document.body, position: 'right' }}
      actionsToggle={({ onToggle, isOpen, toggleRef }) => (
        <MenuToggle ref={toggleRef} variant="plain" isExpanded={isOpen} onClick={onToggle} icon={<EllipsisIcon />}
          aria-label={`What can be done about ${of}`} />
      )} />
  );
}

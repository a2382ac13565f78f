// Status and assignee of one alert, changed in its row of the list.
import { Dropdown, DropdownGroup, DropdownItem, DropdownList, MenuToggle } from '@patternfly/react-core';
import EllipsisVIcon from '@patternfly/react-icons/dist/esm/icons/ellipsis-v-icon';
import { useState } from 'react';
import type { Alert, AlertStatus } from '../../api/types';
import { STATUSES, STATUS_WORDS } from '../../parts/severity';
import type { People } from './people';
import type { Act } from './use-selection';

/** Stands for nobody among the people. */
const NOBODY = '-';

export function RowMenu({ alert, people, onAct }: { alert: Alert; people: People; onAct: Act }) {
  const [isOpen, setOpen] = useState(false);
  const assignee = alert.assignee?.id;
  const select = (value: string) => {
    setOpen(false);
    const [what, word = ''] = value.split(' ');
    if (what === 'status') void onAct([alert.id], { patch: { status: word as AlertStatus } }, STATUS_WORDS[word as AlertStatus]);
    else {
      const name = people.assignees.find(([id]) => id === word)?.[1] ?? 'nobody';
      void onAct([alert.id], { patch: { assignee: word === NOBODY ? '' : word } }, `assigned to ${name}`);
    }
  };
  return (
    <Dropdown isOpen={isOpen} onOpenChange={setOpen} onSelect={(_event, value) => select(String(value))} isScrollable
      popperProps={{ position: 'right', preventOverflow: true }}
      toggle={(ref) => (
        <MenuToggle ref={ref} variant="plain" isExpanded={isOpen} onClick={() => setOpen(!isOpen)} className="row-menu"
          aria-label={`Actions: ${alert.title}`} icon={<EllipsisVIcon />} />
      )}>
      {isOpen && (
        <>
          <DropdownGroup label="Set the status" labelHeadingLevel="h2">
            <DropdownList>
              {STATUSES.filter((status) => status !== alert.status).map((status) => (
                <DropdownItem key={status} value={`status ${status}`}>{STATUS_WORDS[status]}</DropdownItem>
              ))}
            </DropdownList>
          </DropdownGroup>
          <DropdownGroup label="Assign to" labelHeadingLevel="h2">
            <DropdownList>
              {people.assignees.filter(([id]) => id !== assignee).map(([id, name]) => (
                <DropdownItem key={id} value={`assignee ${id}`}>{name}</DropdownItem>
              ))}
              {assignee && <DropdownItem value={`assignee ${NOBODY}`}>Nobody</DropdownItem>}
            </DropdownList>
          </DropdownGroup>
        </>
      )}
    </Dropdown>
  );
}

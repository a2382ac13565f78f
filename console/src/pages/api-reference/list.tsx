// The operations by subject, folded unless one of them is shown or somebody looks for something.
import { Link } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { MethodLabel } from './operation';
import type { Entry, OperationGroup } from './operations';

type Props = { groups: OperationGroup[]; shown: Entry | undefined; text: string; onChoose: () => void };

export function OperationList({ groups, shown, text, onChoose }: Props) {
  return (
    <nav aria-label="Operations" className="operations">
      {groups.map((group) => <Group key={group.title} {...{ group, shown, text, onChoose }} />)}
      {groups.length === 0 && <p>No operation is like that. Try fewer words.</p>}
    </nav>
  );
}

type GroupProps = Omit<Props, 'groups'> & { group: OperationGroup };

function Group({ group: { title, entries }, shown, text, onChoose }: GroupProps) {
  const hasShown = entries.some(({ id }) => id === shown?.id);
  const [isOpen, setOpen] = useState(hasShown || text !== '');
  useEffect(() => {
    setOpen(hasShown || text !== '');
  }, [hasShown, text]);
  return (
    <details open={isOpen} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{title} <span className="subtle small">{entries.length}</span></summary>
      {isOpen && (
        <ul>
          {entries.map(({ id, method, path, operation }) => (
            <li key={id}>
              <Link to="/settings/api" search={(old) => ({ ...old, operation: id })} onClick={onChoose} title={operation.summary}
                aria-current={id === shown?.id ? 'true' : undefined}>
                <MethodLabel method={method} /> <span className="breakable">{path}</span>
              </Link>
            </li>
          ))}
        </ul>
      )}
    </details>
  );
}

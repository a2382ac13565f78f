// The matrix on a narrow screen: tactics one below the other, each opens its techniques.
import { Cell } from './cell';
import { isNamed, nameOf, type ShownTactic } from './shown';

type Props = { tactics: ShownTactic[]; isOpen: boolean; onOpen: (name: string) => void };

export function NarrowList({ tactics, isOpen, onOpen }: Props) {
  return (
    <div className="matrix-list">
      {tactics.map(({ tactic, techniques }) => (
        <details key={tactic.id} open={isOpen}>
          <summary>
            {tactic.name} <span className="subtle">{tactic.id}, {techniques.filter(({ technique }) => isNamed(technique)).length} of {techniques.length}</span>
          </summary>
          <ul className="matrix-column">
            {techniques.map((shown) => (
              <li key={shown.technique.id}><Cell {...shown} onOpen={() => onOpen(nameOf(tactic, shown.technique))} /></li>
            ))}
          </ul>
        </details>
      ))}
    </div>
  );
}

// The matrix where there is room: a column for each tactic. Arrow keys move from technique to technique, so that Tab
// leaves it after one step.
import { useRef, useState } from 'react';
import { Cell } from './cell';
import { nameOf, type ShownTactic } from './shown';

type Place = { column: number; row: number };

const MOVES: Readonly<Record<string, Place>> = {
  ArrowDown: { column: 0, row: 1 }, ArrowUp: { column: 0, row: -1 }, ArrowRight: { column: 1, row: 0 }, ArrowLeft: { column: -1, row: 0 },
};

export function Grid({ tactics, onOpen }: { tactics: ShownTactic[]; onOpen: (name: string) => void }) {
  const [now, setNow] = useState<Place>({ column: 0, row: 0 });
  const cells = useRef(new Map<string, HTMLButtonElement>());
  const filled = tactics.flatMap(({ techniques }, column) => (techniques.length > 0 ? [column] : []));
  const column = filled.includes(now.column) ? now.column : filled[0] ?? 0;
  const last = (tactics[column]?.techniques.length ?? 1) - 1;
  const at = { column, row: Math.max(0, Math.min(now.row, last)) };

  const move = (event: React.KeyboardEvent) => {
    const step = MOVES[event.key];
    if (!step || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    const nextColumn = filled[filled.indexOf(at.column) + step.column] ?? at.column;
    const rows = tactics[nextColumn]?.techniques.length ?? 1;
    const next = { column: nextColumn, row: Math.max(0, Math.min(at.row + step.row, rows - 1)) };
    setNow(next);
    cells.current.get(`${next.column},${next.row}`)?.focus();
  };
  return (
    <div className="matrix" role="region" aria-label="Matrix" tabIndex={0}>
      <div className="matrix-columns" onKeyDown={move}>
        {tactics.map(({ tactic, techniques }, index) => (
          <section key={tactic.id} aria-label={tactic.name}>
            <h2 className="matrix-head">{tactic.name} <span className="subtle">{tactic.id}</span></h2>
            <ul className="matrix-column">
              {techniques.map((shown, row) => (
                <li key={shown.technique.id}>
                  <Cell {...shown} onOpen={() => onOpen(nameOf(tactic, shown.technique))}
                    tabIndex={index === at.column && row === at.row ? 0 : -1} onFocus={() => setNow({ column: index, row })}
                    ref={(button) => { if (button) cells.current.set(`${index},${row}`, button); else cells.current.delete(`${index},${row}`); }} />
                </li>
              ))}
            </ul>
          </section>
        ))}
      </div>
    </div>
  );
}

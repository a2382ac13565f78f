// Single keys, as long as nobody is typing.
import { useEffect, useRef } from 'react';

type Keys = Partial<Record<string, () => void>>;

export function useKeys(keys: Keys): void {
  const latest = useRef(keys);
  useEffect(() => {
    latest.current = keys;
  });
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
      const act = latest.current[event.key];
      if (!act) return;
      event.preventDefault();
      act();
    };
    document.addEventListener('keydown', press);
    return () => document.removeEventListener('keydown', press);
  }, []);
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest('input:not([type=checkbox]), textarea, select, [role=dialog], [role=menu]') !== null;
}

export function KeyHelp({ mayChange }: { mayChange: boolean }) {
  return (
    <p className="keys subtle small">
      <kbd>j</kbd> next, <kbd>k</kbd> before, <kbd>o</kbd> open
      {mayChange && <>, <kbd>x</kbd> select, <kbd>e</kbd> resolve</>}
    </p>
  );
}

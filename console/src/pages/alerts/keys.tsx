// The keys of the list of alerts, told below it.
export { useKeys } from '../../parts/keys';

export function KeyHelp({ mayChange }: { mayChange: boolean }) {
  return (
    <p className="keys subtle small">
      <kbd>j</kbd> next, <kbd>k</kbd> before, <kbd>o</kbd> open
      {mayChange && <>, <kbd>x</kbd> select, <kbd>e</kbd> resolve</>}
    </p>
  );
}

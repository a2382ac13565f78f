// Log types in a row of a table, one a line and unbroken.
type Props = { types: readonly string[]; none?: string };

/** As many as stand in a row; the rest is told by their number. */
const SHOWN_MAX = 4;

export function LogTypes({ types, none = 'none' }: Props) {
  if (types.length === 0) return <span className="subtle">{none}</span>;
  const shown = types.length > SHOWN_MAX ? types.slice(0, SHOWN_MAX - 1) : types;
  const rest = types.slice(shown.length);
  return (
    <>
      {shown.map((type) => <div key={type} className="log-type" title={type}>{type}</div>)}
      {rest.length > 0 && <div className="subtle small" title={rest.join(', ')}>and {rest.length} more</div>}
    </>
  );
}

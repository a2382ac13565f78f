// Text that is long without blanks, such as an id or a field: where it has to be broken, it is between its words.
import { Fragment } from 'react';

export function Dotted({ children }: { children: string }) {
  const parts = children.split(/(?<=[._:/@-])|(?<=[a-z0-9])(?=[A-Z])/);
  return <>{parts.map((part, index) => <Fragment key={index}>{index > 0 && <wbr />}{part}</Fragment>)}</>;
}

// A page that the person may not see.
import { Nothing } from '../parts/nothing';
import { useTitle } from '../parts/page';

export function Refused({ needs }: { needs: readonly string[] }) {
  useTitle('Not open to you');
  return (
    <Nothing title="Not open to you">
      Your role does not hold {needs.join(' and ')}, or sees only some log types.
      Somebody who manages users can give you another role.
    </Nothing>
  );
}

// An address that leads nowhere.
import { Button } from '@patternfly/react-core';
import { Link } from '@tanstack/react-router';
import { Nothing } from '../parts/nothing';

export function NotFound() {
  return (
    <Nothing title="No such page" action={<Button component={(props) => <Link {...props} to="/" />}>To the overview</Button>}>
      The address may be mistyped, or of another version.
    </Nothing>
  );
}

// An address that leads nowhere.
import { Button } from '@patternfly/react-core';
import { Link } from '@tanstack/react-router';
import { Nothing } from '../parts/nothing';
import { PageFrame } from '../parts/page';

export function NotFound() {
  return (
    <PageFrame title="No such page">
      <Nothing title="There is nothing at this address" action={<Button component={(props) => <Link {...props} to="/" />}>To the overview</Button>}>
        It may be mistyped, or of another version.
      </Nothing>
    </PageFrame>
  );
}

// A page that broke: says so, and how to go on.
import { Button } from '@patternfly/react-core';
import { isMissing } from '../app/late';
import { Failure } from '../parts/failure';

export function PageBroken({ error }: { error: unknown }) {
  // A page of an older version asks for a part that is no more.
  const isOld = isMissing(error);
  return (
    <main className="door">
      <Failure title={isOld ? 'The console was updated meanwhile' : 'This page broke'} thrown={error} />
      <p><Button onClick={() => window.location.reload()}>Load it again</Button></p>
    </main>
  );
}

// A page that broke: says so, and how to go on. The side bar is still beside it, unless that broke too.
import { Button } from '@patternfly/react-core';
import { useLocation } from '@tanstack/react-router';
import { isMissing } from '../app/late';
import { Failure } from '../parts/failure';
import { PageFrame } from '../parts/page';

export function PageBroken({ error }: { error: unknown }) {
  return <PageFrame key={useLocation().pathname} title="This page broke"><Broken error={error} /></PageFrame>;
}

/** The frame itself. */
export function AllBroken({ error }: { error: unknown }) {
  return <main className="door"><Broken error={error} /></main>;
}

function Broken({ error }: { error: unknown }) {
  // A page of an older version asks for a part that is no more.
  const isOld = isMissing(error);
  return (
    <>
      <Failure title={isOld ? 'The console was updated meanwhile' : 'It could not be drawn'} thrown={error} />
      <p className="below"><Button onClick={() => window.location.reload()}>Load it again</Button></p>
    </>
  );
}

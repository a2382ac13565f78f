// Log sources: what comes in, and how each of them does.
import { Button } from '@patternfly/react-core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { deleteSource, renewSources, sourceListQuery, type SourceOverview } from '../../api/intake';
import { useSay } from '../../app/notices';
import { useMay } from '../../app/session';
import { FormDialog } from '../../parts/dialog';
import { Loaded } from '../../parts/loaded';
import { Nothing } from '../../parts/nothing';
import { PageFrame } from '../../parts/page';
import { AlarmDialog } from './alarm-dialog';
import { RotateDialog } from './rotate-dialog';
import { SourceTable } from './table';

export type Deed = 'alarm' | 'rotate' | 'delete';

export function SourcesPage() {
  const sources = useQuery(sourceListQuery);
  const queries = useQueryClient();
  const mayManage = useMay()('LogSourceModify');
  const say = useSay();
  const [open, setOpen] = useState<{ deed: Deed; source: SourceOverview } | null>(null);
  const close = () => {
    setOpen(null);
    renewSources(queries);
  };
  const make = mayManage && <Button component={(props) => <Link {...props} to="/log-sources/new" />}>Add a log source</Button>;
  return (
    <PageFrame title="Log sources" actions={make} about="Where logs come in. Numbers are of the last 24 hours.">
      <Loaded query={sources} what="Log sources">
        {({ results, total }) => (results.length === 0
          ? (
            <Nothing title="No log source yet" action={make}>
              {mayManage ? 'A source takes logs over HTTP from a program, an agent or a vendor.' : 'Nothing comes in. Somebody who manages log sources can add one.'}
            </Nothing>
          )
          : (
            <>
              <SourceTable sources={results} mayManage={mayManage} onOpen={(deed, source) => setOpen({ deed, source })} />
              {total > results.length && <p className="subtle">The first {results.length} of {total} are shown.</p>}
            </>
          ))}
      </Loaded>
      {open?.deed === 'alarm' && <AlarmDialog source={open.source} onClose={close} />}
      {open?.deed === 'rotate' && <RotateDialog source={open.source} onClose={close} />}
      {open?.deed === 'delete' && (
        <FormDialog title={`Delete ${open.source.label}`} submit="Delete" isDanger size="small" failed="The source is still there"
          onClose={close} onSubmit={async () => { await deleteSource(open.source.id); say(`Deleted: ${open.source.label}`); }}>
          <p>Senders are refused from now on. What it sent stays.</p>
        </FormDialog>
      )}
    </PageFrame>
  );
}

// Settings, API tokens: what programs call with.
import { Button } from '@patternfly/react-core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { Revised } from '../../api/client';
import { deleteToken, readToken, rotateToken, tokensQuery } from '../../api/people';
import type { ApiToken } from '../../api/types';
import { useSay } from '../../app/notices';
import { useMay } from '../../app/session';
import { FormDialog } from '../../parts/dialog';
import { Failure } from '../../parts/failure';
import { Loaded } from '../../parts/loaded';
import { Nothing } from '../../parts/nothing';
import { PageFrame } from '../../parts/page';
import { TokenForm } from './form';
import { TokenShown } from './shown';
import { TokenTable } from './table';

type Open = { what: 'make' } | { what: 'change'; read: Revised<ApiToken> } | { what: 'rotate' | 'delete' | 'shown'; token: ApiToken };

export function TokensPage() {
  const tokens = useQuery(tokensQuery);
  const queries = useQueryClient();
  const may = useMay();
  const say = useSay();
  const [open, setOpen] = useState<Open | null>(null);
  const mayManage = may('OrganizationAPITokenModify');
  const close = () => {
    setOpen(null);
    void queries.invalidateQueries({ queryKey: tokensQuery.queryKey });
  };
  // A list may be old: a change is made from what the token is when it is begun.
  const reading = useMutation({ mutationFn: readToken });
  // What is read for a dialog that was not waited for is let go.
  const show = (next: Open) => {
    reading.reset();
    setOpen(next);
  };
  const begin = (what: 'change' | 'rotate' | 'delete', token: ApiToken) => {
    if (what === 'change') reading.mutate(token.id, { onSuccess: (read) => setOpen({ what, read }) });
    else show({ what, token });
  };
  const make = mayManage && <Button onClick={() => show({ what: 'make' })}>Make a token</Button>;
  return (
    <PageFrame title="API tokens" about="Programs send one as X-API-Key. Its value is shown once, when it is made." actions={make}>
      {reading.isError && <Failure title="The token could not be loaded" thrown={reading.error} />}
      <Loaded query={tokens} what="API tokens">
        {({ results }) => (results.length === 0
          ? <Nothing title="No API tokens yet">A token lets a program call the API, for example to upload detections from a pipeline.</Nothing>
          : <TokenTable tokens={results} mayManage={mayManage} onOpen={begin}
            loading={reading.isPending ? reading.variables : null} />)}
      </Loaded>
      {open?.what === 'make' && <TokenForm read={null} onClose={close} onMade={(token) => setOpen({ what: 'shown', token })} />}
      {open?.what === 'change' && <TokenForm read={open.read} onClose={close} onMade={close} />}
      {open?.what === 'shown' && <TokenShown token={open.token} onClose={close} />}
      {open?.what === 'rotate' && (
        <FormDialog title={`Rotate ${open.token.name}`} submit="Rotate" isDanger size="small" keepsOpen onClose={close}
          onSubmit={async () => setOpen({ what: 'shown', token: await rotateToken(open.token.id) })}>
          <p>It gets a new value, and the old one is refused from now on.</p>
        </FormDialog>
      )}
      {open?.what === 'delete' && (
        <FormDialog title={`Delete ${open.token.name}`} submit="Delete" isDanger size="small" onClose={close}
          onSubmit={async () => { await deleteToken(open.token.id); say(`Deleted: ${open.token.name}`); }}>
          <p>Programs that use it are refused from now on.</p>
        </FormDialog>
      )}
    </PageFrame>
  );
}

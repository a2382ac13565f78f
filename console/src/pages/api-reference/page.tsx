// Settings, API reference: every operation of the REST API, from the server's own description of it.
import { Button } from '@patternfly/react-core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { OPENAPI_PATH, openApiQuery, type OpenApi } from '../../api/openapi';
import { useKeys } from '../../parts/keys';
import { Loaded } from '../../parts/loaded';
import { Nothing } from '../../parts/nothing';
import { PageFrame } from '../../parts/page';
import { SearchField } from '../../parts/search-field';
import { OperationList } from './list';
import { OperationView } from './operation';
import { entriesOf, grouped, matching } from './operations';
import './reference.css';

export function ApiReferencePage() {
  const document = useQuery(openApiQuery);
  return (
    <PageFrame title="API reference" about="The REST API of this server. GraphQL has the API playground."
      actions={<Button component="a" variant="secondary" href={OPENAPI_PATH} download="openapi.json">Download as OpenAPI</Button>}>
      <Loaded query={document} what="The description of the API">{(found) => <Reference document={found} />}</Loaded>
    </PageFrame>
  );
}

function Reference({ document }: { document: OpenApi }) {
  const { operation, contains = '' } = useSearch({ from: '/shell/settings/api' });
  const navigate = useNavigate({ from: '/settings/api' });
  // Who chose an operation goes on reading there; who came by a link begins at the top of the page.
  const [wasChosen, setChosen] = useState(false);
  const entries = useMemo(() => entriesOf(document), [document]);
  const groups = useMemo(() => grouped(matching(entries, contains)), [entries, contains]);
  const shown = entries.find(({ id }) => id === operation);
  const listed = groups.flatMap((group) => group.entries);
  const at = listed.findIndex(({ id }) => id === operation);
  const step = (by: number) => {
    const next = listed[at === -1 ? 0 : Math.min(Math.max(at + by, 0), listed.length - 1)];
    if (!next) return;
    setChosen(true);
    void navigate({ search: (old) => ({ ...old, operation: next.id }), replace: true });
  };
  useKeys({
    j: { does: 'next operation', act: () => step(1) },
    k: { does: 'operation before', act: () => step(-1) },
  });
  return (
    <div className="reference">
      <div>
        <SearchField id="operation-contains" label="Find" value={contains} placeholder="alerts deliveries"
          onChange={(text) => void navigate({ search: (old) => ({ ...old, contains: text || undefined }), replace: true })} />
        <OperationList groups={groups} shown={shown} text={contains} onChoose={() => setChosen(true)} />
      </div>
      <div>
        {shown && <OperationView key={shown.id} document={document} entry={shown} base={window.location.origin} isFocused={wasChosen} />}
        {!shown && operation !== undefined && (
          <Nothing title="There is no such operation">
            This server has none that is called {operation}. A link may be of another version; look for it in the list.
          </Nothing>
        )}
        {!shown && operation === undefined && (
          <Nothing title="Choose an operation">
            The list has {entries.length} of them by subject. <kbd>j</kbd> and <kbd>k</kbd> go through it.
          </Nothing>
        )}
      </div>
    </div>
  );
}

// One schema: its fields and its text, and beside them what it makes of a sample. A custom one is written here too.
import { Alert, Button, Label, Tab, Tabs, TabTitleText } from '@patternfly/react-core';
import { useIsMutating, useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams, useRouterState, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { schemaQuery, type KnownSchema } from '../../api/intake';
import { useMay } from '../../app/session';
import { CodeEditor, type Finding } from '../../parts/code';
import { sentence } from '../../parts/failure';
import { LoadedPage } from '../../parts/loaded-page';
import { OutsideLink } from '../../parts/outside-link';
import { PageFrame } from '../../parts/page';
import { Refused } from '../refused';
import { ArchiveDialog } from './archive-dialog';
import { baseOf } from './base';
import { FieldTable } from './field-table';
import { readSchema } from './fields';
import { OriginLabel } from './origin';
import { SaveBar, SAVING } from './save-bar';
import { TryPanel } from './try-panel';

export function SchemaPage() {
  const { name } = useParams({ from: '/shell/schemas/$name' });
  const mayManage = useMay()('LogSourceModify');
  if (name === 'new') return mayManage ? <Editor key="new" known={null} /> : <Refused needs={['LogSourceModify']} />;
  return <Existing key={name} name={name} />;
}

function Existing({ name }: { name: string }) {
  const schema = useQuery({ ...schemaQuery(name), staleTime: Infinity, gcTime: 0 });
  return (
    <LoadedPage query={schema} what="The schema">
      {(known) => <Editor known={known} />}
    </LoadedPage>
  );
}

function Editor({ known }: { known: KnownSchema | null }) {
  /** What the text was made from: what was read first, then what was saved here. */
  const [base, setBase] = useState(() => baseOf(known));
  const [text, setText] = useState(base.spec);
  const [findings, setFindings] = useState<Finding[]>([]);
  const carried = useRouterState({ select: ({ location }) => location.state.sample });
  const [sample, setSample] = useState(carried ?? '');
  const [isArchiving, setArchiving] = useState(false);
  const { tab = known ? 'fields' : 'text' } = useSearch({ from: '/shell/schemas/$name' });
  const navigate = useNavigate({ from: '/schemas/$name' });
  const mayManage = useMay()('LogSourceModify');
  const schema = known?.schema;
  const isCustom = schema === undefined || schema.origin === 'custom';
  const isReadOnly = !mayManage || !isCustom || schema?.isArchived === true;
  // Its page is another one as soon as it is made, and has what was saved.
  const isBeingMade = useIsMutating({ mutationKey: SAVING }) > 0 && known === null;
  const read = readSchema(text);
  return (
    <PageFrame title={schema?.name ?? 'A new schema'} about={schema?.description}
      actions={schema && isCustom && mayManage && (
        <Button variant="secondary" onClick={() => setArchiving(true)}>{schema.isArchived ? 'Take back' : 'Archive'}</Button>
      )}>
      {known && <Head known={known} />}
      <div className="side-by-side schema-panes">
        <div>
          <Tabs activeKey={tab} aria-label="Parts of the schema" mountOnEnter unmountOnExit
            onSelect={(_event, key) => void navigate({ search: { tab: key as 'fields' | 'text' }, replace: true, state: (old) => old })}>
            <Tab eventKey="fields" title={<TabTitleText>Fields</TabTitleText>}>
              <FieldTable fields={read?.fields ?? []} />
            </Tab>
            <Tab eventKey="text" title={<TabTitleText>Text</TabTitleText>}>
              <div className="below">
                <CodeEditor label="Text of the schema" value={text} language="yaml" isReadOnly={isReadOnly || isBeingMade} findings={findings}
                  onChange={(next) => { setText(next); setFindings([]); }} />
              </div>
            </Tab>
          </Tabs>
          {!isReadOnly && <SaveBar text={text} base={base} onBase={setBase} name={schema?.name ?? null} sample={sample} />}
        </div>
        <TryPanel sample={sample} onSample={setSample} text={isCustom ? text : null} name={schema?.name ?? null} onFindings={setFindings} />
      </div>
      {isArchiving && schema && <ArchiveDialog schema={schema} onClose={() => setArchiving(false)} />}
    </PageFrame>
  );
}

function Head({ known: { schema, sources } }: { known: KnownSchema }) {
  return (
    <>
      {schema.problem && <Alert variant="danger" isInline className="above" title="It is not used">{sentence(schema.problem)}</Alert>}
      <p className="above">
        <OriginLabel schema={schema} />{schema.isFieldDiscoveryEnabled && <> <Label isCompact>keeps other fields</Label></>}
        {schema.referenceURL && <> <OutsideLink address={schema.referenceURL} /></>}
        {sources.length > 0 && <> Used by {sources.map(({ id, label }, index) => (
          <span key={id}>{index > 0 && ', '}<Link to="/log-sources/$id" params={{ id }}>{label}</Link></span>
        ))}.</>}
      </p>
    </>
  );
}

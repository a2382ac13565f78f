// Settings, API playground: GraphQL documents, typed, checked and run here.
import { FormGroup, Radio, TextInput, Title } from '@patternfly/react-core';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useSay } from '../../app/notices';
import { useSession } from '../../app/session';
import { FormDialog } from '../../parts/dialog';
import { useKeys } from '../../parts/keys';
import { Loaded } from '../../parts/loaded';
import { PageFrame } from '../../parts/page';
import { Bar } from './bar';
import { operationsOf, prettified } from './document';
import { Documents } from './documents';
import { DocumentEditor, VariablesEditor } from './editor';
import { examplesFor } from './examples';
import './playground.css';
import { Result } from './result';
import { useSchema } from './schema';
import { SchemaBrowser } from './schema-browser';
import { useDrafts, type Drafts } from './use-drafts';
import { useRun } from './use-run';

export function PlaygroundPage() {
  const { user, permissions } = useSession();
  const drafts = useDrafts(user.id, examplesFor(permissions)[0] ?? { query: '', variables: '' });
  return (
    <PageFrame title="API playground" about="GraphQL documents are run on this server, with your own permissions or with a token’s.">
      <Documents drafts={drafts} />
      <Desk key={drafts.draft.id} drafts={drafts} />
    </PageFrame>
  );
}

function Desk({ drafts }: { drafts: Drafts }) {
  const { draft } = drafts;
  const say = useSay();
  const navigate = useNavigate({ from: '/settings/playground' });
  const { asked, schema } = useSchema();
  const [isToken, setIsToken] = useState(false);
  const [token, setToken] = useState('');
  const running = useRun(draft, isToken ? token.trim() : null, drafts.remember);
  const { outcome, asked: mutation } = running;
  const run = (at = -1) => {
    const here = operationsOf(draft.query).find(({ from, to }) => from <= at && at <= to);
    running.run(here?.name ?? null);
  };
  const prettify = () => {
    try {
      drafts.change({ query: prettified(draft.query) });
    } catch (thrown) {
      say(`The document stays as it is: ${thrown instanceof Error ? thrown.message : String(thrown)}`, 'danger');
    }
  };
  useKeys({ 'Mod-Enter': { does: 'runs the document, also while you type in it', act: () => run() } });
  // What failed is marked as long as the document is the one that failed.
  const findings = outcome?.query === draft.query ? outcome.errors.flatMap(({ message, locations }) => (locations ?? []).map(({ line, column }) =>
    ({ line, column, endLine: line, endColumn: column + 1, level: 'error' as const, message: String(message) }))) : [];
  return (
    <div className="playground">
      <div className="desk">
        <Bar drafts={drafts} running={running} onRun={() => run()} onPrettify={prettify} />
        <DocumentEditor value={draft.query} onChange={(query) => drafts.change({ query })} schema={schema} findings={findings}
          onShowType={(type) => void navigate({ search: { type }, replace: true, resetScroll: false })} onRun={run} onPrettify={prettify} />
        <Title headingLevel="h2" size="md">Variables</Title>
        <VariablesEditor value={draft.variables} onChange={(variables) => drafts.change({ variables })} onRun={run} onPrettify={prettify} />
        <FormGroup role="radiogroup" isInline fieldId="playground-as" label="Runs as" className="runs-as">
          <Radio id="playground-session" name="playground-as" label="you" isChecked={!isToken} onChange={() => setIsToken(false)} />
          <Radio id="playground-token" name="playground-as" label="an API token" isChecked={isToken} onChange={() => setIsToken(true)} />
        </FormGroup>
        {isToken && (
          <TextInput type="password" value={token} onChange={(_event, text) => setToken(text)} autoComplete="off"
            aria-label="X-API-Key" placeholder="X-API-Key; it is sent, and kept nowhere" />
        )}
        <section aria-label="Answer"><Title headingLevel="h2" size="md">Answer</Title><Result running={running} /></section>
      </div>
      <Loaded query={asked} what="The schema">{() => schema && <SchemaBrowser schema={schema} />}</Loaded>
      {mutation && (
        <FormDialog title={`Run the mutation ${mutation.name ?? ''}`.trim()} submit="Run it" size="small" onClose={running.refuse}
          onSubmit={async () => running.confirm()}>
          <p>It changes something on this server{isToken ? ', as the API token' : ', as you'}. You are not asked again for the same document.</p>
        </FormDialog>
      )}
    </div>
  );
}

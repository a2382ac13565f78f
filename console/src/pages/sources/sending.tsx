// The source is there: where to send, with what, ready texts for common tools, and what arrived first.
import { Alert, Card, CardBody, CardTitle, Title } from '@patternfly/react-core';
import { Link } from '@tanstack/react-router';
import { CopyField } from '../../parts/copy-field';
import { Arrivals } from './arrivals';
import { SECRET_WORDS } from './fields';
import type { Draft } from './draft';
import { addressOf, SnippetTabs } from './snippet-tabs';

export function Sending({ id, draft }: { id: string; draft: Draft }) {
  const isKnown = draft.secret !== '' || draft.method === 'None';
  return (
    <div className="stack">
      <Part title="Where to send">
        <CopyField value={addressOf(id)} label="Address" />
        {draft.method !== 'None' && (isKnown
          ? (
            <>
              <p className="below above">Copy the {SECRET_WORDS[draft.method].toLowerCase()} now: it is shown this one time.</p>
              <CopyField value={draft.secret} label={SECRET_WORDS[draft.method]} />
            </>
          )
          : (
            <Alert variant="info" isInline isPlain className="below" title="The secret is not shown again">
              Give the source another one if nobody has it: <Link to="/log-sources/$id" params={{ id }} search={{ tab: 'settings' }}>its settings</Link>.
            </Alert>
          ))}
      </Part>
      <Part title="How to send"><SnippetTabs id={id} target={draft} /></Part>
      <Part title="The first event"><Arrivals id={id} /></Part>
      <p><Link to="/log-sources/$id" params={{ id }}>To the source</Link></p>
    </div>
  );
}

function Part({ title, children }: { title: string; children: React.ReactNode }) {
  return (
    <Card isCompact>
      <CardTitle><Title headingLevel="h2" size="lg">{title}</Title></CardTitle>
      <CardBody>{children}</CardBody>
    </Card>
  );
}

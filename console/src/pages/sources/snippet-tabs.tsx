// Ready texts, one tool at a time.
import { CodeBlock, CodeBlockAction, CodeBlockCode, Tab, Tabs, TabTitleText } from '@patternfly/react-core';
import { useState } from 'react';
import { CopyButton, CopyFailed, useCopy } from '../../parts/copy-button';
import type { Draft } from './draft';
import { PLACEHOLDER, snippets, type Snippet } from './snippets';

/** Where a source takes logs, as this browser reaches the server. */
export const addressOf = (id: string): string => `${window.location.origin}/http/${encodeURIComponent(id)}`;

export function SnippetTabs({ id, target }: { id: string; target: Draft }) {
  const [key, setKey] = useState('curl');
  const found = snippets({ ...target, secret: target.secret || PLACEHOLDER, url: addressOf(id) });
  return (
    <Tabs activeKey={key} onSelect={(_event, next) => setKey(String(next))} aria-label="Tools that send" mountOnEnter unmountOnExit>
      {found.map((snippet) => (
        <Tab key={snippet.key} eventKey={snippet.key} title={<TabTitleText>{snippet.title}</TabTitleText>}>
          <div className="below"><One snippet={snippet} /></div>
        </Tab>
      ))}
    </Tabs>
  );
}

function One({ snippet: { key, title, about, text } }: { snippet: Snippet }) {
  const copying = useCopy(text ?? '');
  if (text === null) return <p>{about}</p>;
  return (
    <>
      <p className="above">{about}</p>
      <CodeBlock actions={<CodeBlockAction><CopyButton id={`copy-${key}`} label={title} copying={copying} /></CodeBlockAction>}>
        <CodeBlockCode id={`snippet-${key}`} className="snippet" tabIndex={0} role="region" aria-label={`Text for ${title}`}>{text}</CodeBlockCode>
      </CodeBlock>
      <CopyFailed copying={copying} />
    </>
  );
}

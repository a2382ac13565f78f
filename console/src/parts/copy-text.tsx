// Several lines to be pasted elsewhere, with a button that copies them.
import { ClipboardCopyButton, CodeBlock, CodeBlockAction, CodeBlockCode } from '@patternfly/react-core';
import { useId, useState } from 'react';

export function CopyText({ text, label }: { text: string; label: string }) {
  const id = useId();
  const [isCopied, setCopied] = useState(false);
  return (
    <CodeBlock actions={(
      <CodeBlockAction>
        <ClipboardCopyButton id={`${id}-copy`} textId={`${id}-text`} variant="plain" aria-label={`Copy: ${label}`}
          onTooltipHidden={() => setCopied(false)}
          onClick={() => void navigator.clipboard.writeText(text).then(() => setCopied(true))}>
          {isCopied ? 'Copied' : 'Copy'}
        </ClipboardCopyButton>
      </CodeBlockAction>
    )}>
      <CodeBlockCode id={`${id}-text`}>{text}</CodeBlockCode>
    </CodeBlock>
  );
}

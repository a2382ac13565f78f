// Several lines to be pasted elsewhere, with a button that copies them.
import { CodeBlock, CodeBlockAction, CodeBlockCode } from '@patternfly/react-core';
import { useId } from 'react';
import { CopyButton, CopyFailed, useCopy } from './copy-button';

export function CopyText({ text, label }: { text: string; label: string }) {
  const id = useId();
  const copying = useCopy(text);
  return (
    <>
      <CodeBlock actions={<CodeBlockAction><CopyButton id={`${id}-copy`} label={label} copying={copying} /></CodeBlockAction>}>
        <CodeBlockCode id={`${id}-text`}>{text}</CodeBlockCode>
      </CodeBlock>
      <CopyFailed copying={copying} />
    </>
  );
}

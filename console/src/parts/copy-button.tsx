// A button that copies a text and says what came of it.
import { ClipboardCopyButton } from '@patternfly/react-core';
import { useState } from 'react';
import { copy, NOT_COPIED } from './copy';

/** Copies a text, and knows whether the last time went well; null before. */
export function useCopy(text: string) {
  const [isCopied, setCopied] = useState<boolean | null>(null);
  const run = () => {
    setCopied(null);
    void copy(text).then(setCopied);
  };
  /** For when the words at the button are gone; that it went wrong stays on the page. */
  const forget = () => setCopied((old) => (old === false ? old : null));
  return { run, forget, tip: isCopied ? 'Copied' : 'Copy', hasFailed: isCopied === false };
}

/** The button of a text of several lines. */
export function CopyButton({ id, label, copying }: { id: string; label: string; copying: ReturnType<typeof useCopy> }) {
  return (
    <ClipboardCopyButton id={id} variant="plain" aria-label={`Copy: ${label}`} exitDelay={copying.tip === 'Copied' ? 1500 : 600}
      onTooltipHidden={copying.forget} onClick={copying.run}>
      {copying.tip}
    </ClipboardCopyButton>
  );
}

/** Stands beside what could not be copied. */
export function CopyFailed({ copying: { hasFailed } }: { copying: ReturnType<typeof useCopy> }) {
  return hasFailed && <p role="alert" className="small">{NOT_COPIED}.</p>;
}

// A value that is to be passed on: whole, selectable, with a button that copies it.
import { ClipboardCopy } from '@patternfly/react-core';
import { CopyFailed, useCopy } from './copy-button';

export function CopyField({ value, label }: { value: string; label: string }) {
  const copying = useCopy(value);
  return (
    <>
      <ClipboardCopy isReadOnly hoverTip="Copy" clickTip={copying.tip} textAriaLabel={label} copyAriaLabel={`Copy: ${label}`} onCopy={copying.run}>
        {value}
      </ClipboardCopy>
      <CopyFailed copying={copying} />
    </>
  );
}

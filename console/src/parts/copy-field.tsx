// A value that is to be passed on: whole, selectable, with a button that copies it.
import { ClipboardCopy } from '@patternfly/react-core';

export function CopyField({ value, label }: { value: string; label: string }) {
  return (
    <ClipboardCopy isReadOnly hoverTip="Copy" clickTip="Copied" textAriaLabel={label} copyAriaLabel={`Copy: ${label}`}>
      {value}
    </ClipboardCopy>
  );
}

// The keys of the pages of alerts, and a word below their lists that there are any.
import { Button } from '@patternfly/react-core';
import { useState } from 'react';
import { KeyList } from '../../app/key-list';
import { useKeys } from '../../parts/keys';

export { useKeys };

/** Says that there are keys; `?` tells them on every page. */
export function KeyHint() {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <p className="keys subtle small"><Button variant="link" isInline size="sm" onClick={() => setOpen(true)}>Keys</Button>: <kbd>?</kbd> shows them</p>
      {isOpen && <KeyList onClose={() => setOpen(false)} />}
    </>
  );
}

// What the keyboard does on every page: going somewhere, jumping to anything by name, and the list of keys. Two
// buttons in the head do the same for who has no keyboard.
import { Button, Tooltip } from '@patternfly/react-core';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import KeyboardIcon from '@patternfly/react-icons/dist/esm/icons/keyboard-icon';
import SearchIcon from '@patternfly/react-icons/dist/esm/icons/search-icon';
import { useKeys, type Keys } from '../parts/keys';
import './keyboard.css';
import { letterOf, openPages } from './go-keys';
import { Jump } from './jump';
import { KeyList } from './key-list';
import { useSession } from './session';

export function Keyboard() {
  const [open, setOpen] = useState<'jump' | 'keys' | null>(null);
  const close = () => setOpen(null);
  const goTo = useGoKeys();
  useKeys(goTo, 'Go to');
  useKeys({
    'Mod-k': { does: 'jump to a page, alert, detection, …', act: () => setOpen('jump') },
    '?': { does: 'this list', act: () => setOpen('keys') },
  }, 'Everywhere');
  return (
    <>
      <Tooltip content="Jump to…">
        <Button variant="plain" icon={<SearchIcon />} aria-label="Jump to" onClick={() => setOpen('jump')} />
      </Tooltip>
      <Tooltip content="Keys">
        <Button variant="plain" icon={<KeyboardIcon />} aria-label="Keys of this page" onClick={() => setOpen('keys')} />
      </Tooltip>
      {open === 'jump' && <Jump onClose={close} />}
      {open === 'keys' && <KeyList onClose={close} />}
    </>
  );
}

/** `g` and a letter, for each page that is open to the person. */
function useGoKeys(): Keys {
  const session = useSession();
  const navigate = useNavigate();
  return Object.fromEntries(openPages(session).flatMap((entry) => {
    const letter = letterOf(entry);
    return letter === undefined ? [] : [[`g ${letter}`, { does: entry.label, act: () => void navigate({ to: entry.to }) }]];
  }));
}

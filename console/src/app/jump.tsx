// The jump palette: a few letters of a page or of a thing, the arrow keys, Enter.
import { Modal, ModalBody, TextInput } from '@patternfly/react-core';
import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useEffect, useId, useState, type KeyboardEvent } from 'react';
import { CHARACTERS_MIN, findingsQuery, type Found } from '../api/jump';
import { openPages } from './go-keys';
import { useSession } from './session';

/** The server is asked when one stops typing for so long. */
const WAIT_MS = 200;

export function Jump({ onClose }: { onClose: () => void }) {
  const id = useId();
  const [text, setText] = useState('');
  const [at, setAt] = useState(0);
  const { choices, says } = useChoices(text.trim());
  const navigate = useNavigate();
  const now = choices[Math.min(at, choices.length - 1)];
  const go = (choice: Found | undefined) => {
    if (!choice) return;
    onClose();
    void navigate({ to: choice.to, ...(choice.params ? { params: choice.params } : {}), ...(choice.search ? { search: choice.search } : {}) });
  };
  const press = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined && choices.length > 0) {
      event.preventDefault();
      setAt((Math.min(at, choices.length - 1) + step + choices.length) % choices.length);
    }
    if (event.key === 'Enter') go(now);
  };
  useEffect(() => {
    document.getElementById(`${id}-now`)?.scrollIntoView({ block: 'nearest' });
  }, [id, now]);
  return (
    <Modal isOpen variant="medium" position="top" onClose={onClose} aria-label="Jump to" elementToFocus={`[id="${id}-text"]`}>
      <ModalBody className="jump">
        <TextInput id={`${id}-text`} type="search" value={text} aria-label="A page, or the name of something" autoComplete="off"
          placeholder="A page, an alert, a detection, a user, …" role="combobox" aria-expanded={choices.length > 0}
          aria-controls={`${id}-list`} aria-autocomplete="list" {...(now ? { 'aria-activedescendant': `${id}-now` } : {})}
          onChange={(_event, next) => { setText(next); setAt(0); }} onKeyDown={press} />
        <ul role="listbox" id={`${id}-list`} aria-label="Where to">
          {choices.map((choice) => (
            <li key={`${choice.kind} ${choice.id}`} role="option" aria-selected={choice === now}
              {...(choice === now ? { id: `${id}-now` } : {})} onClick={() => go(choice)}>
              <span className="breakable">{choice.title}</span>
              <span className="subtle small breakable">{choice.kind}{choice.about && ` · ${choice.about}`}</span>
            </li>
          ))}
        </ul>
        <p role="status" className="subtle small">{says}</p>
      </ModalBody>
    </Modal>
  );
}

/** Pages at once, things a moment later. */
function useChoices(text: string): { choices: Found[]; says: string } {
  const session = useSession();
  const asked = useSettled(text);
  const findings = useQuery({ ...findingsQuery(asked, session.permissions, useQueryClient()), placeholderData: keepPreviousData });
  const pages = openPages(session).filter(({ label }) => label.toLowerCase().includes(text.toLowerCase()))
    .map(({ to, label }): Found => ({ kind: 'Page', id: to, title: label, about: '', to }));
  const isAsked = text.length >= CHARACTERS_MIN;
  const things = isAsked ? findings.data?.found ?? [] : [];
  const choices = [...pages, ...things];
  const isWaiting = isAsked && (text !== asked || findings.isFetching);
  const failed = isAsked ? findings.data?.failed ?? [] : [];
  const says = [...failed, isWaiting ? 'Looking…' : choices.length === 0 ? 'Nothing is called that.' : ''];
  return { choices, says: says.filter((one) => one !== '').join(' ') };
}

/** The text as it was when one stopped typing. */
function useSettled(text: string): string {
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    const timer = window.setTimeout(() => setSettled(text), WAIT_MS);
    return () => window.clearTimeout(timer);
  }, [text]);
  return settled;
}

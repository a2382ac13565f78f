// The buttons of the playground: run, tidy, share, begin with an example, go back to something run before.
import { Button, Dropdown, DropdownGroup, DropdownItem, DropdownList, MenuToggle, TextInput, Toolbar, ToolbarContent, ToolbarItem } from '@patternfly/react-core';
import { useState } from 'react';
import { useSay } from '../../app/notices';
import { useSession } from '../../app/session';
import { copy, NOT_COPIED } from '../../parts/copy';
import { Moment } from '../../parts/moment';
import { titleOf } from './document';
import { examplesFor } from './examples';
import { addressOf } from './share';
import type { Drafts } from './use-drafts';
import type { Running } from './use-run';

type Props = { drafts: Drafts; running: Running; onRun: () => void; onPrettify: () => void };

export function Bar({ drafts, running, onRun, onPrettify }: Props) {
  const say = useSay();
  const address = addressOf(drafts.draft);
  const [uncopied, setUncopied] = useState<string | null>(null);
  const share = async () => {
    if (address === null) return;
    const isCopied = await copy(address);
    setUncopied(isCopied ? null : address);
    if (isCopied) say('The link is copied. It opens the document and does not run it');
  };
  return (
    <>
      <Toolbar>
        <ToolbarContent>
          <ToolbarItem>
            {running.isRunning
              ? <Button variant="secondary" onClick={running.cancel}>Cancel</Button>
              : <Button onClick={onRun} isDisabled={drafts.draft.query.trim() === ''}>Run</Button>}
          </ToolbarItem>
          <ToolbarItem><Button variant="secondary" onClick={onPrettify}>Prettify</Button></ToolbarItem>
          <ToolbarItem>
            <Button variant="secondary" onClick={() => void share()} isDisabled={address === null}>
              {address === null ? 'Too long for a link' : 'Copy link'}
            </Button>
          </ToolbarItem>
          <ToolbarItem><Examples drafts={drafts} /></ToolbarItem>
          {drafts.history.length > 0 && <ToolbarItem><History drafts={drafts} /></ToolbarItem>}
        </ToolbarContent>
      </Toolbar>
      {uncopied !== null && uncopied === address && (
        <div className="above">
          <p role="alert" className="small">{NOT_COPIED}.</p>
          <TextInput aria-label="Link to the document" readOnlyVariant="default" value={uncopied} />
        </div>
      )}
    </>
  );
}

function Examples({ drafts }: { drafts: Drafts }) {
  const { permissions } = useSession();
  const [isOpen, setOpen] = useState(false);
  return (
    <Dropdown isOpen={isOpen} onOpenChange={setOpen} onSelect={() => setOpen(false)}
      toggle={(ref) => <MenuToggle ref={ref} isExpanded={isOpen} onClick={() => setOpen(!isOpen)}>Examples</MenuToggle>}>
      <DropdownList>
        {examplesFor(permissions).map(({ title, query, variables }) => (
          <DropdownItem key={title} onClick={() => drafts.add(query, variables)}>{title}</DropdownItem>
        ))}
      </DropdownList>
    </Dropdown>
  );
}

function History({ drafts }: { drafts: Drafts }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <Dropdown isOpen={isOpen} onOpenChange={setOpen} onSelect={() => setOpen(false)} isScrollable maxMenuHeight="60vh"
      toggle={(ref) => <MenuToggle ref={ref} isExpanded={isOpen} onClick={() => setOpen(!isOpen)}>History</MenuToggle>}>
      <DropdownGroup label="Run before, in this browser">
        <DropdownList>
          {drafts.history.map(({ at, query, variables }) => (
            <DropdownItem key={at + query} description={<Moment at={at} />} onClick={() => drafts.add(query, variables)}>{titleOf(query)}</DropdownItem>
          ))}
          <DropdownItem isDanger onClick={drafts.forget}>Forget all of it</DropdownItem>
        </DropdownList>
      </DropdownGroup>
    </Dropdown>
  );
}

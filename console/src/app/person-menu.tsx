// Oneself: profile, theme, time zone, sign out.
import {
  Divider, Dropdown, DropdownGroup, DropdownItem, DropdownList, MenuToggle, Toolbar, ToolbarContent, ToolbarItem,
} from '@patternfly/react-core';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import UserIcon from '@patternfly/react-icons/dist/esm/icons/user-icon';
import { signOut } from '../api/account';
import { problemOf } from '../api/problem';
import { leaveLive } from '../live/use-news';
import { forgetKept } from './kept';
import { Keyboard } from './keyboard';
import { useSay } from './notices';
import { useSession } from './session';
import { useStored } from './stored';
import { theme, type Theme } from './theme';
import { zone, type Zone } from './time';

const THEMES: readonly [Theme, string][] = [['system', 'As the system'], ['light', 'Light'], ['dark', 'Dark']];
const ZONES: readonly [Zone, string][] = [['browser', 'This browser’s zone'], ['UTC', 'UTC']];

export function PersonMenu() {
  const { user } = useSession();
  const [isOpen, setOpen] = useState(false);
  const chosenTheme = useStored(theme);
  const chosenZone = useStored(zone);
  const navigate = useNavigate();
  const leave = useLeave();
  const name = `${user.givenName} ${user.familyName}`.trim() || user.email;
  return (
    <Toolbar isFullHeight>
      <ToolbarContent>
        <ToolbarItem align={{ default: 'alignEnd' }}><Keyboard /></ToolbarItem>
        <ToolbarItem>
          <Dropdown isOpen={isOpen} onOpenChange={setOpen} popperProps={{ position: 'right' }}
            toggle={(ref) => (
              <MenuToggle ref={ref} isExpanded={isOpen} onClick={() => setOpen(!isOpen)} icon={<UserIcon />}
                aria-label={`Your menu: ${name}`}>
                <span className="person-name">{name}</span>
              </MenuToggle>
            )}>
            <DropdownGroup label={user.email}>
              <DropdownList>
                <DropdownItem onClick={() => { setOpen(false); void navigate({ to: '/profile' }); }}>Profile</DropdownItem>
              </DropdownList>
            </DropdownGroup>
            <Choice label="Theme" words={THEMES} chosen={chosenTheme} onChoose={(word) => theme.set(word)} />
            <Choice label="Times" words={ZONES} chosen={chosenZone} onChoose={(word) => zone.set(word)} />
            <Divider component="li" />
            <DropdownList><DropdownItem onClick={leave}>Sign out</DropdownItem></DropdownList>
          </Dropdown>
        </ToolbarItem>
      </ToolbarContent>
    </Toolbar>
  );
}

type ChoiceProps<T extends string> = { label: string; words: readonly [T, string][]; chosen: T; onChoose: (word: T) => void };

function Choice<T extends string>({ label, words, chosen, onChoose }: ChoiceProps<T>) {
  return (
    <DropdownGroup label={label}>
      <DropdownList>
        {words.map(([word, text]) => (
          <DropdownItem key={word} isSelected={word === chosen} onClick={() => onChoose(word)}
            aria-current={word === chosen ? 'true' : undefined}>
            {text}
          </DropdownItem>
        ))}
      </DropdownList>
    </DropdownGroup>
  );
}

/** Signs out here. The page is loaded anew, so that nothing of this person stays in it. */
export function useLeave(): () => void {
  const say = useSay();
  return () => void signOut().then(toSignIn, (thrown: unknown) => {
    // A session that is over already is what was wanted.
    if (problemOf(thrown).status === 401) toSignIn();
    else say(`Signing out failed: ${problemOf(thrown).message}`, 'danger');
  });
}

/** To the door. What stays in the tab are texts of detections that are not saved, which nobody else is offered. */
export function toSignIn(): void {
  leaveLive();
  forgetKept();
  window.location.assign('/console/sign-in');
}

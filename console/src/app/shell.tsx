// The frame around every page of somebody who is signed in: side bar, head, and what happens when the session ends.
import {
  Masthead, MastheadBrand, MastheadContent, MastheadLogo, MastheadMain, MastheadToggle, Page, PageSection,
  PageSidebar, PageSidebarBody, PageToggleButton, SkipToContent,
} from '@patternfly/react-core';
import { useQuery } from '@tanstack/react-query';
import { Link, Outlet, useLocation, useNavigate } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import BarsIcon from '@patternfly/react-icons/dist/esm/icons/bars-icon';
import { sessionQuery } from '../api/account';
import { onSessionOver } from '../api/client';
import { useOther } from '../api/owner';
import type { SessionInfo } from '../api/types';
import { Failure } from '../parts/failure';
import { Waiting } from '../parts/loaded';
import { Refused } from '../pages/refused';
import { useHeadingFocus } from './heading-focus';
import { entryOf, isOpen } from './navigation';
import { OtherPerson } from './other-person';
import { useRights } from './rights';
import { SessionOver } from './session-over';
import { SessionProvider } from './session';
import { SideBar } from './side-bar';
import { PersonMenu } from './person-menu';

export function Shell() {
  const session = useQuery(sessionQuery);
  const location = useLocation();
  if (session.isError && session.data === undefined) {
    const again = () => void session.refetch();
    return <PageSection><Failure title="The console could not be loaded" thrown={session.error} onRetry={again} /></PageSection>;
  }
  if (session.data === undefined) return <Waiting what="the console" />;
  if (session.data === null) return <ToSignIn from={location.href} />;
  return <SignedIn session={session.data} path={location.pathname} />;
}

/** Leads to the sign-in, once, and from where somebody wanted to go first. */
function ToSignIn({ from }: { from: string }) {
  const navigate = useNavigate();
  const [wanted] = useState(from);
  useEffect(() => {
    void navigate({ to: '/sign-in', search: wanted === '/' ? {} : { return: wanted }, replace: true });
  }, [navigate, wanted]);
  return <Waiting what="the sign-in" />;
}

function SignedIn({ session, path }: { session: SessionInfo; path: string }) {
  const [isOver, setOver] = useState(false);
  useEffect(() => onSessionOver(() => setOver(true)), []);
  const other = useOther();
  useHeadingFocus();
  useRights();
  const entry = entryOf(path);
  const mayOpen = !entry || isOpen(entry, session);
  return (
    <SessionProvider session={session}>
      <Page isManagedSidebar masthead={<Head />} sidebar={<SideBarFrame />} mainContainerId="main" mainTabIndex={-1}
        skipToContent={<SkipToContent href="#main" onClick={toMain}>Skip to the page</SkipToContent>}>
        {mayOpen ? <Outlet /> : <Refused needs={entry.needs} />}
      </Page>
      {isOver && !other && <SessionOver email={session.user.email} onGoOn={() => setOver(false)} />}
      {other && <OtherPerson other={other} email={session.user.email} />}
    </SessionProvider>
  );
}

/** A fragment in the address would take away the page's own. */
function toMain(event: React.MouseEvent): void {
  event.preventDefault();
  document.getElementById('main')?.focus();
}

function SideBarFrame() {
  return <PageSidebar><PageSidebarBody><SideBar /></PageSidebarBody></PageSidebar>;
}

function Head() {
  return (
    <Masthead>
      <MastheadMain>
        <MastheadToggle>
          <PageToggleButton variant="plain" aria-label="Show or hide the side bar" id="side-bar-toggle"><BarsIcon /></PageToggleButton>
        </MastheadToggle>
        <MastheadBrand>
          <MastheadLogo component={(props) => <Link {...props} to="/" aria-label="Margay: overview" />}>
            <span className="brand"><img src="/console/margay.svg" alt="" width="28" height="28" /> Margay</span>
          </MastheadLogo>
        </MastheadBrand>
      </MastheadMain>
      <MastheadContent><PersonMenu /></MastheadContent>
    </Masthead>
  );
}

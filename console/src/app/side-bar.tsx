// The pages that the person may open; on a narrow screen the bar closes when one is chosen. The one that is open is in
// sight, however long the bar is.
import { Nav, NavGroup, NavItem, NavList } from '@patternfly/react-core';
import { Link, useLocation } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import { entryOf, GROUPS, isOpen, type Entry } from './navigation';
import { useSession } from './session';

export function SideBar() {
  const session = useSession();
  const active = entryOf(useLocation().pathname);
  const list = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const link = list.current?.querySelector('[aria-current=page]');
    if (link) showIn(link);
  }, [active?.to]);
  const item = (entry: Entry) => (
    <NavItem key={entry.to} itemId={entry.to} isActive={active?.to === entry.to} component="span">
      <Link to={entry.to} className="pf-v6-c-nav__link" aria-current={active?.to === entry.to ? 'page' : undefined}>
        {entry.label}
      </Link>
    </NavItem>
  );
  return (
    <div ref={list}><Nav aria-label="Pages">
      {GROUPS.map(({ label, entries }) => {
        const open = entries.filter((entry) => isOpen(entry, session));
        if (open.length === 0) return null;
        return label === null
          ? <NavList key="top">{open.map(item)}</NavList>
          : <NavGroup key={label} title={label}>{open.map(item)}</NavGroup>;
      })}
    </Nav></div>
  );
}

/** Scrolls the bar alone: where it lies beside the screen, the page would move with it. */
function showIn(link: Element): void {
  let bar = link.parentElement;
  while (bar && (bar.scrollHeight <= bar.clientHeight || getComputedStyle(bar).overflowY === 'visible')) bar = bar.parentElement;
  if (!bar) return;
  const [inner, outer] = [link.getBoundingClientRect(), bar.getBoundingClientRect()];
  if (inner.top < outer.top) bar.scrollTop -= outer.top - inner.top;
  else if (inner.bottom > outer.bottom) bar.scrollTop += inner.bottom - outer.bottom;
}

// The pages that the person may open; on a narrow screen the bar closes when one is chosen.
import { Nav, NavGroup, NavItem, NavList } from '@patternfly/react-core';
import { Link, useLocation } from '@tanstack/react-router';
import { entryOf, GROUPS, isOpen, type Entry } from './navigation';
import { useSession } from './session';

export function SideBar() {
  const session = useSession();
  const active = entryOf(useLocation().pathname);
  const item = (entry: Entry) => (
    <NavItem key={entry.to} itemId={entry.to} isActive={active?.to === entry.to} component="span">
      <Link to={entry.to} className="pf-v6-c-nav__link" aria-current={active?.to === entry.to ? 'page' : undefined}>
        {entry.label}
      </Link>
    </NavItem>
  );
  return (
    <Nav aria-label="Pages">
      {GROUPS.map(({ label, entries }) => {
        const open = entries.filter((entry) => isOpen(entry, session));
        if (open.length === 0) return null;
        return label === null
          ? <NavList key="top">{open.map(item)}</NavList>
          : <NavGroup key={label} title={label}>{open.map(item)}</NavGroup>;
      })}
    </Nav>
  );
}

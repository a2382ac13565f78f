// The side bar: every page that is there, and the permissions without which it is not.
import type { Permission } from '../api/types';

export type Entry = { to: string; label: string; needs: readonly Permission[]; seesAllLogTypes?: true };
export type Group = { label: string | null; entries: readonly Entry[] };

export const GROUPS: readonly Group[] = [
  { label: null, entries: [
    { to: '/', label: 'Overview', needs: [] },
    { to: '/alerts', label: 'Alerts', needs: ['AlertRead'] },
  ] },
  { label: 'Detections', entries: [
    { to: '/detections', label: 'Detections', needs: ['RuleRead'] },
    { to: '/detections/mitre', label: 'MITRE ATT&CK', needs: ['RuleRead'] },
    { to: '/detections/packs', label: 'Packs', needs: ['RuleRead'] },
    { to: '/detections/data-models', label: 'Data models', needs: ['RuleRead'] },
    { to: '/detections/globals', label: 'Globals', needs: ['RuleRead'] },
    { to: '/detections/changes', label: 'Changes', needs: ['RuleRead'] },
  ] },
  { label: 'Configure', entries: [
    { to: '/log-sources', label: 'Log sources', needs: ['LogSourceRead'] },
    { to: '/schemas', label: 'Schemas', needs: ['LogSourceRead'] },
    { to: '/destinations', label: 'Destinations', needs: ['DestinationRead'] },
    { to: '/deliveries', label: 'Failed deliveries', needs: ['AlertRead'] },
  ] },
  { label: 'Settings', entries: [
    { to: '/settings/general', label: 'General', needs: ['GeneralSettingsRead'] },
    { to: '/settings/sign-on', label: 'Single sign-on', needs: ['GeneralSettingsRead'] },
    { to: '/settings/users', label: 'Users', needs: ['UserRead'] },
    { to: '/settings/roles', label: 'Roles', needs: ['UserRead'] },
    { to: '/settings/tokens', label: 'API tokens', needs: ['OrganizationAPITokenRead'] },
    { to: '/settings/audit', label: 'Audit log', needs: ['GeneralSettingsRead', 'UserRead'], seesAllLogTypes: true },
    { to: '/settings/system-errors', label: 'System errors', needs: ['AlertRead'] },
    { to: '/settings/playground', label: 'API playground', needs: [] },
    { to: '/settings/api', label: 'API reference', needs: [] },
  ] },
];

type Rights = { permissions: string[]; logTypeAccessKind: string };

/** Whether somebody with these rights sees the page at all. */
export function isOpen({ needs, seesAllLogTypes }: Entry, { permissions, logTypeAccessKind }: Rights): boolean {
  const holds = needs.every((permission) => permissions.includes(permission));
  return holds && (!seesAllLogTypes || logTypeAccessKind === 'ALLOW_ALL');
}

/** The entry that a path belongs to. */
export function entryOf(path: string): Entry | undefined {
  const entries = GROUPS.flatMap((group) => group.entries);
  const above = entries.filter(({ to }) => path === to || (to !== '/' && path.startsWith(`${to}/`)));
  // The nearest one: a page may lie below another.
  return above.reduce<Entry | undefined>((best, one) => (best && best.to.length >= one.to.length ? best : one), undefined);
}

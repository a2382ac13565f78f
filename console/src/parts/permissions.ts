// What each permission lets somebody do, in words, and which belong together.
import type { Permission } from '../api/types';

/** What is read, what is changed, and a sentence of both. */
export type Area = { title: string; about: string; read: Permission | null; modify: Permission | null };

const LINES = [
  { title: 'Alerts', about: 'See alerts, their events and deliveries; change status, assign, comment, retry',
    read: 'AlertRead', modify: 'AlertModify' },
  { title: 'Rules', about: 'See and change rules of all kinds, data models and globals', read: 'RuleRead', modify: 'RuleModify' },
  { title: 'Policies', about: 'See and change policies', read: 'PolicyRead', modify: 'PolicyModify' },
  { title: 'Cloud resources', about: 'See resources and compliance; remediate', read: 'ResourceRead', modify: 'ResourceModify' },
  { title: 'Dashboards', about: 'See dashboards and metrics', read: 'SummaryRead', modify: null },
  { title: 'Bulk upload', about: 'Upload detections in bulk', read: null, modify: 'BulkUpload' },
  { title: 'Bulk upload, validation', about: 'Validate an upload, without a change', read: null, modify: 'BulkUploadValidate' },
  { title: 'Log sources', about: 'See and change log sources and schemas', read: 'LogSourceRead', modify: 'LogSourceModify' },
  { title: 'Raw data', about: 'See raw data of log sources', read: 'LogSourceRawDataRead', modify: null },
  { title: 'Cloud accounts', about: 'See and change cloud accounts', read: 'CloudsecSourceRead', modify: 'CloudsecSourceModify' },
  { title: 'Destinations', about: 'See, change and test alert destinations', read: 'DestinationRead', modify: 'DestinationModify' },
  { title: 'Data lake', about: 'Query the lake; keep saved and scheduled searches', read: 'DataAnalyticsRead', modify: 'DataAnalyticsModify' },
  { title: 'Lookup tables', about: 'See and change lookup tables', read: 'LookupRead', modify: 'LookupModify' },
  { title: 'Users and roles', about: 'See, invite and change people and roles', read: 'UserRead', modify: 'UserModify' },
  { title: 'API tokens', about: 'See tokens; make, rotate and delete them', read: 'OrganizationAPITokenRead', modify: 'OrganizationAPITokenModify' },
  { title: 'Settings', about: 'See and change the settings of the installation', read: 'GeneralSettingsRead', modify: 'GeneralSettingsModify' },
  { title: 'Language model', about: 'Use functions that ask a language model', read: null, modify: 'RunPantherAI' },
] as const satisfies readonly Area[];

export const AREAS: readonly Area[] = LINES;

type Line = (typeof LINES)[number];
type Left = Exclude<Permission, NonNullable<Line['read']> | NonNullable<Line['modify']>>;
/** Does not compile when the server knows a permission that has no line here. */
export const NONE_LEFT_OUT: [Left] extends [never] ? true : Left = true;

/** The read right that comes with a permission to modify. */
export function broughtBy(permission: Permission): Permission | null {
  const area = AREAS.find(({ modify }) => modify === permission);
  return area?.read ?? null;
}

/** All that a choice means: a permission to modify brings the one to read. */
export function whole(chosen: Iterable<Permission>): Set<Permission> {
  const all = new Set(chosen);
  for (const permission of [...all]) {
    const read = broughtBy(permission);
    if (read) all.add(read);
  }
  return all;
}


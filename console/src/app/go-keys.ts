// The letters that lead to pages: `g`, then one of these. Only what is in the side bar can be reached.
import { GROUPS, isOpen, type Entry } from './navigation';

const LETTERS: Readonly<Record<string, string>> = {
  '/': 'o', '/alerts': 'a',
  '/detections': 'd', '/detections/mitre': 'm', '/detections/packs': 'p', '/detections/data-models': 'y',
  '/detections/globals': 'b', '/detections/changes': 'c',
  '/log-sources': 'l', '/schemas': 's', '/destinations': 't', '/deliveries': 'f',
  '/settings/general': 'n', '/settings/sign-on': 'i', '/settings/users': 'u', '/settings/roles': 'r',
  '/settings/tokens': 'k', '/settings/audit': 'j', '/settings/system-errors': 'e',
  '/settings/playground': 'q', '/settings/api': 'x',
};

type Rights = Parameters<typeof isOpen>[1];

/** The pages that somebody with these rights may open. */
export function openPages(rights: Rights): Entry[] {
  return GROUPS.flatMap((group) => group.entries).filter((entry) => isOpen(entry, rights));
}

/** The letter of a page, if it has one. */
export function letterOf(entry: Entry): string | undefined {
  return LETTERS[entry.to];
}

// Work on many alerts: all that match are looked up page by page, and changes are sent in parts.
import { alertPage, addComments, updateAlerts, type AlertFilter } from '../../api/alerts';
import type { AlertPatch } from '../../api/types';

/** Alerts that can be selected at once. */
export const SELECTED_MAX = 5_000;
/** Alerts of one call; each call is done as a whole or not at all. */
const PART = 500;

export type Progress = (done: number) => void;

/** The ids of all alerts that match, and whether there are more. */
export async function idsOfAll(filter: AlertFilter, signal: AbortSignal, progress: Progress): Promise<{ ids: string[]; isMore: boolean }> {
  const ids: string[] = [];
  let cursor: string | null = null;
  do {
    const page = await alertPage(filter, cursor, signal);
    ids.push(...page.results.map(({ id }) => id));
    progress(Math.min(ids.length, SELECTED_MAX));
    cursor = page.next ?? null;
  } while (cursor !== null && ids.length < SELECTED_MAX);
  return { ids: ids.slice(0, SELECTED_MAX), isMore: cursor !== null || ids.length > SELECTED_MAX };
}

/** A change of status or assignee, or a comment. */
export type Deed = { patch: AlertPatch } | { comment: string };

/** What was done when not everything could be. */
export class Partly extends Error {
  readonly done: readonly string[];

  constructor(done: readonly string[], cause: unknown) {
    super('not everything was done', { cause });
    this.done = done;
  }
}

/** Does it to all of them, part by part. */
export async function doToAll(ids: readonly string[], deed: Deed, progress: Progress): Promise<void> {
  for (let start = 0; start < ids.length; start += PART) {
    const part = ids.slice(start, start + PART);
    try {
      if ('patch' in deed) await updateAlerts(part, deed.patch);
      else await addComments(part, deed.comment);
    } catch (thrown) {
      throw new Partly(ids.slice(0, start), thrown);
    }
    progress(start + part.length);
  }
}

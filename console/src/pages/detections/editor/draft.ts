// What was typed and not saved, kept in this tab of the browser: a reload or a lost session takes nothing away.
import type { Texts } from '../../../api/editor';

export type Draft = Texts & {
  /** Logs of tests that are no JSON yet, by place. */
  typed: Readonly<Record<string, string>>;
  /** What it was made from. */
  revision: string | null;
  at: string;
};

export const draftKey = (userId: string, what: string) => `margay.draft.${userId}.${what}`;

export function readDraft(key: string): Draft | null {
  try {
    const found: unknown = JSON.parse(sessionStorage.getItem(key) ?? 'null');
    return isDraft(found) ? found : null;
  } catch {
    return null;
  }
}

/** Whether it is kept: a browser may have no room, or store nothing. */
export function writeDraft(key: string, draft: Omit<Draft, 'at'>): boolean {
  try {
    sessionStorage.setItem(key, JSON.stringify({ ...draft, at: new Date().toISOString() } satisfies Draft));
    return true;
  } catch {
    return false;
  }
}

export function dropDraft(key: string): void {
  try {
    sessionStorage.removeItem(key);
  } catch {
    // Nothing was stored then.
  }
}

/** Whether what was typed is something else than what is saved. */
export function differ({ yaml, python, typed }: Pick<Draft, 'yaml' | 'python' | 'typed'>, saved: Texts): boolean {
  return yaml !== saved.yaml || python !== saved.python || Object.keys(typed).length > 0;
}

function isDraft(found: unknown): found is Draft {
  if (typeof found !== 'object' || found === null) return false;
  const { yaml, python, typed, at } = found as Record<string, unknown>;
  return typeof yaml === 'string' && (python === null || typeof python === 'string')
    && typeof typed === 'object' && typed !== null && typeof at === 'string';
}

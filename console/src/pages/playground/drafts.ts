// What is open in the playground and what was run, kept in this tab for each person; never tokens, never answers.
import * as tab from '../../app/kept';

/** A document with its variables, as they are typed. */
export type Draft = { id: string; query: string; variables: string };
/** Something that was run. */
export type Past = { at: string; query: string; variables: string };
/** What somebody begins with. */
export type Start = { query: string; variables: string };
export type Kept = { drafts: Draft[]; shown: string; history: Past[] };

export const DRAFTS_MAX = 20;
const HISTORY_MAX = 50;
/** Longer documents are run, and forgotten with the page. */
const CHARACTERS_MAX = 50_000;

const WHAT = 'playground';

export const NO_VARIABLES = '{}';

export function newDraft(query: string, variables = ''): Draft {
  return { id: crypto.randomUUID?.() ?? String(Math.random()), query, variables: variables || NO_VARIABLES };
}

/** What is kept for a person; whatever is in the way of reading it is taken for nothing. */
export function readKept(userId: string, start: Start): Kept {
  const found = parsed(tab.kept(userId, WHAT));
  const drafts = list(found?.['drafts']).filter(isDraft).slice(0, DRAFTS_MAX);
  const history = list(found?.['history']).filter(isPast).slice(0, HISTORY_MAX);
  const [first = newDraft(start.query, start.variables), ...others] = drafts;
  const shown = drafts.find(({ id }) => id === found?.['shown'])?.id ?? first.id;
  return { drafts: [first, ...others], shown, history };
}

export function keep(userId: string, { drafts, shown, history }: Kept): void {
  const isShort = ({ query, variables }: { query: string; variables: string }) => query.length + variables.length <= CHARACTERS_MAX;
  tab.keep(userId, WHAT, JSON.stringify({ drafts: drafts.filter(isShort), shown, history: history.filter(isShort) }));
}

/** With a document shown in a tab of its own, or in the one that has it already. Where there is no room it takes the
 *  place of one that is empty or was run; null when there is none. */
export function withShown(kept: Kept, query: string, variables: string): Kept | null {
  const next = newDraft(query, variables);
  const same = kept.drafts.find((one) => isSame(one, next));
  if (same) return { ...kept, shown: same.id };
  const isFull = kept.drafts.length >= DRAFTS_MAX;
  const given = isFull ? kept.drafts.find((one) => isSame(one, newDraft('')) || kept.history.some((past) => isSame(past, one))) : undefined;
  if (isFull && !given) return null;
  return { ...kept, drafts: [...kept.drafts.filter((one) => one !== given), next], shown: next.id };
}

/** The newest first, each document once. */
export function withPast(history: Past[], { query, variables }: Draft): Past[] {
  const others = history.filter((one) => !isSame(one, { query, variables }));
  return [{ at: new Date().toISOString(), query, variables }, ...others].slice(0, HISTORY_MAX);
}

type Texts = { query: string; variables: string };

function isSame(one: Texts, other: Texts): boolean {
  return one.query === other.query && one.variables === other.variables;
}

function parsed(text: string | null): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text ?? 'null');
    return typeof value === 'object' ? value as Record<string, unknown> | null : null;
  } catch {
    return null;
  }
}

const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

function isDraft(value: unknown): value is Draft {
  return hasTexts(value, ['id', 'query', 'variables']);
}

function isPast(value: unknown): value is Past {
  return hasTexts(value, ['at', 'query', 'variables']);
}

function hasTexts(value: unknown, keys: string[]): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return keys.every((key) => typeof (value as Record<string, unknown>)[key] === 'string');
}

// What a text field may mean: words that are kept, how they are written on the page, and what they are called besides.

export type Suggestion = { word: string; shown: string; also?: string };

/** Suggestions below a field; a longer list is found by typing. */
export const SUGGESTIONS_MAX = 500;

/** Words that are written as they are kept. */
export const plain = (words: readonly string[]): Suggestion[] => words.map((word) => ({ word, shown: word }));

/** The one that a text means, in whatever case it is written. */
export function meant(text: string, known: readonly Suggestion[]): Suggestion | undefined {
  const wanted = text.trim().toLowerCase();
  return known.find(({ word, shown, also }) => [word, shown, also].some((one) => one?.toLowerCase() === wanted));
}

/** The word that a text means; a text that nothing is known of means itself. */
export const wordOf = (text: string, known: readonly Suggestion[]): string => meant(text, known)?.word ?? text.trim();

/** The words of a text with commas. */
export function wordsOf(text: string, known: readonly Suggestion[]): string[] {
  // A name may have a comma itself.
  const parts = meant(text, known) ? [text] : text.split(',');
  return [...new Set(parts.map((part) => wordOf(part, known)).filter((word) => word !== ''))];
}

/** How words are written on the page. */
export const shownAs = (words: readonly string[], known: readonly Suggestion[]): string =>
  words.map((word) => known.find((one) => one.word === word)?.shown ?? word).join(', ');

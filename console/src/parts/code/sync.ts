// A text that came from outside the editor, as after another view changed it: only what differs is replaced, so that
// the cursor stays where it was and undo goes back over it.
import { Annotation } from '@codemirror/state';
import type { EditorView } from '@codemirror/view';

/** Marks changes that nobody typed here. */
export const FROM_OUTSIDE = Annotation.define<true>();

export function take(view: EditorView, value: string): void {
  const [before, after] = [view.state.doc.toString(), value.replaceAll('\r\n', '\n')];
  if (before === after) return;
  const shorter = Math.min(before.length, after.length);
  let from = 0;
  while (from < shorter && before[from] === after[from]) from += 1;
  let same = 0;
  while (same < shorter - from && before[before.length - 1 - same] === after[after.length - 1 - same]) same += 1;
  view.dispatch({
    changes: { from, to: before.length - same, insert: after.slice(from, after.length - same) },
    annotations: FROM_OUTSIDE.of(true),
  });
}

/** Texts that an editor gave to its page and that did not come back yet. One types on meanwhile: what comes back is older
 *  than what stands there, and nothing that came from outside. */
export class Told {
  #texts: string[] = [];

  /** Notes a text that is given to a page which has `present`. */
  add(text: string, present: string): void {
    this.#texts = text === present ? [] : [...this.#texts, text];
  }

  /** Whether a text is one of those; it and what was given before it are not waited for any more. */
  cameBack(text: string): boolean {
    const at = this.#texts.lastIndexOf(text);
    this.#texts = at < 0 ? [] : this.#texts.slice(at + 1);
    return at >= 0;
  }
}

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

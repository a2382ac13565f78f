// A small text beside the word under the pointer.
import { hoverTooltip } from '@codemirror/view';
import type { Explain } from './types';

/** Asks for the explanation at the moment it is needed, so that it is never an old one. */
export function explained(explain: () => Explain | undefined) {
  return hoverTooltip((view, position) => {
    const found = explain()?.(view.state.doc.toString(), position);
    if (!found) return null;
    return {
      pos: found.from, end: found.to, above: true,
      create: () => {
        const dom = document.createElement('div');
        dom.className = 'cm-explanation';
        const title = document.createElement('strong');
        title.textContent = found.title;
        dom.append(title, found.text);
        return { dom };
      },
    };
  });
}

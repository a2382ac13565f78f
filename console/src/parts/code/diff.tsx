// Two texts and what differs, mounted: side by side where there is room, else one below the other. Loaded by `index.tsx`.
import { MergeView, unifiedMergeView } from '@codemirror/merge';
import { EditorState } from '@codemirror/state';
import { EditorView } from '@codemirror/view';
import { useEffect, useRef } from 'react';
import { framed, reading } from './setup';
import { shadowOf } from './shadow';
import type { CodeDiffProps } from './types';

/** Lines around a difference that stay open, and how long a same stretch must be to be folded. */
const UNCHANGED = { margin: 3, minSize: 6 };
const SIDE_BY_SIDE = '(min-width: 64rem)';

export default function Diff({ before, after, language, beforeLabel, afterLabel }: CodeDiffProps) {
  const host = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!host.current) return undefined;
    const root = shadowOf(host.current);
    const made = window.matchMedia(SIDE_BY_SIDE).matches ? sideBySide(root) : oneBelowTheOther(root);
    return () => made.destroy();

    function sideBySide(parent: ShadowRoot) {
      return new MergeView({
        root: parent, parent, collapseUnchanged: UNCHANGED, gutter: true, highlightChanges: true,
        a: { doc: before, extensions: [framed(language), reading(beforeLabel)] },
        b: { doc: after, extensions: [framed(language), reading(afterLabel)] },
      });
    }
    function oneBelowTheOther(parent: ShadowRoot) {
      const changes = unifiedMergeView({ original: before, mergeControls: false, collapseUnchanged: UNCHANGED });
      const state = EditorState.create({ doc: after, extensions: [framed(language), reading(afterLabel), changes] });
      return new EditorView({ root: parent, parent, state });
    }
  }, [before, after, language, beforeLabel, afterLabel]);
  return (
    <figure className="code-diff">
      <figcaption className="code-diff-names subtle small"><span>{beforeLabel}</span><span>{afterLabel}</span></figcaption>
      {before === after && <p>The two are the same.</p>}
      <div ref={host} className="code-host code-diff-texts" />
    </figure>
  );
}

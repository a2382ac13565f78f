// A text in Markdown. What draws it is loaded when the first one is shown; until then, and when it cannot be drawn,
// the text is shown as it is.
import { Button } from '@patternfly/react-core';
import { Component, lazy, Suspense, useState, type ReactNode } from 'react';
import { late } from '../app/late';

const Drawn = lazy(() => late(() => import('./markdown-drawn')));

/** Characters that are drawn before one asks for the rest. */
const SHOWN_MAX = 20_000;
/** Characters that are drawn at all; a longer text is shown as it is. */
const DRAWN_MAX = 200_000;

export function Markdown({ text }: { text: string }) {
  const [isWhole, setWhole] = useState(false);
  const shown = isWhole ? text : cut(text);
  const plain = <p className="pre">{shown}</p>;
  return (
    <>
      {shown.length > DRAWN_MAX ? plain : (
        <Undrawable key={shown.length} instead={plain}>
          <Suspense fallback={plain}><div className="markdown"><Drawn text={shown} /></div></Suspense>
        </Undrawable>
      )}
      {shown.length < text.length && (
        <Button variant="link" isInline onClick={() => setWhole(true)}>
          Show the rest, {(text.length - shown.length).toLocaleString('en')} characters
        </Button>
      )}
    </>
  );
}

/** The beginning, up to the end of a line where there is one near. */
function cut(text: string): string {
  if (text.length <= SHOWN_MAX) return text;
  const line = text.lastIndexOf('\n', SHOWN_MAX);
  return text.slice(0, line > SHOWN_MAX / 2 ? line : SHOWN_MAX);
}

/** Texts come from anywhere: one that breaks what draws it is shown as it is. */
class Undrawable extends Component<{ instead: ReactNode; children: ReactNode }, { isBroken: boolean }> {
  override state = { isBroken: false };

  static getDerivedStateFromError() {
    return { isBroken: true };
  }

  override render() {
    return this.state.isBroken ? this.props.instead : this.props.children;
  }
}

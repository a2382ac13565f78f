// A part of a page that is loaded by itself: when that fails, the rest of the page stays and so does what was typed.
import { Button } from '@patternfly/react-core';
import { Component, lazy, Suspense, type ComponentType, type ReactNode } from 'react';
import { isMissing, late } from '../app/late';
import { Failure } from './failure';

/** A component that is loaded when it is shown first. */
export function latePart<P extends object>(load: () => Promise<{ default: ComponentType<P> }>, waiting: ReactNode = null) {
  const Part = lazy(() => late(load)) as unknown as ComponentType<P>;
  return function LatePart(props: P) {
    return <Kept><Suspense fallback={waiting}><Part {...props} /></Suspense></Kept>;
  };
}

/** Keeps the page when something in it breaks. */
class Kept extends Component<{ children: ReactNode }, { thrown: unknown }> {
  override state = { thrown: undefined };

  static getDerivedStateFromError(thrown: unknown) {
    return { thrown };
  }

  override render() {
    const { thrown } = this.state;
    if (thrown === undefined) return this.props.children;
    return (
      <>
        <Failure title={isMissing(thrown) ? 'The console was updated meanwhile' : 'This part of the page broke'} thrown={thrown} />
        <Button variant="link" onClick={() => window.location.reload()}>Load the page again</Button>
      </>
    );
  }
}

// After a change of page the focus goes to its heading, which screen readers then read out; Tab goes on from there.
import { useRouter } from '@tanstack/react-router';
import { useEffect, useRef, type RefObject } from 'react';

/** A page was opened whose heading is not there yet. */
let isAwaited = false;

/** Follows the router: a change of what stands behind `?` is no change of page. */
export function useHeadingFocus(): void {
  const router = useRouter();
  useEffect(() => router.subscribe('onRendered', ({ fromLocation, pathChanged }) => {
    if (!fromLocation || !pathChanged) return;
    const heading = document.querySelector<HTMLElement>('#main h1');
    if (heading) focus(heading);
    else isAwaited = true;
  }), [router]);
}

/** For the heading of a page that had to be loaded first. */
export function useAwaitedHeading(): RefObject<HTMLHeadingElement | null> {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    if (isAwaited && heading.current) focus(heading.current);
  }, []);
  return heading;
}

function focus(heading: HTMLElement): void {
  isAwaited = false;
  const now = document.activeElement;
  // A field or dialog of the new page has it already.
  if (now?.closest('#main input, #main textarea, #main select, [role=dialog]')) return;
  heading.focus({ preventScroll: true });
}

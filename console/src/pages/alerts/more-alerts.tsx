// The end of the list: the next page comes when one scrolls near it, or by a button.
import type { UseInfiniteQueryResult } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { More } from '../../parts/more';

/** How far below the screen the next page is asked for. */
const MARGIN = '800px 0px';

export function MoreAlerts({ list, shown }: { list: UseInfiniteQueryResult; shown: number }) {
  const end = useRef<HTMLDivElement>(null);
  const { hasNextPage, isFetchingNextPage, isFetchNextPageError, fetchNextPage } = list;
  const hasScrolled = useScrolled();
  const mayLoad = hasScrolled && hasNextPage && !isFetchingNextPage && !isFetchNextPageError;
  useEffect(() => {
    const element = end.current;
    if (!element || !mayLoad) return undefined;
    const observer = new IntersectionObserver((entries) => {
      // Several come at once when the page was busy; the last one counts.
      if (entries.at(-1)?.isIntersecting) void fetchNextPage();
    }, { root: document.getElementById('main'), rootMargin: MARGIN });
    observer.observe(element);
    return () => observer.disconnect();
  }, [mayLoad, fetchNextPage, shown]);
  return <div ref={end}><More query={list} shown={shown} what={shown === 1 ? 'alert' : 'alerts'} /></div>;
}

/** Whether somebody scrolled: before that the first page is enough. */
function useScrolled(): boolean {
  const [hasScrolled, setScrolled] = useState(false);
  useEffect(() => {
    const main = document.getElementById('main');
    const note = () => { if (main && main.scrollTop > 0) setScrolled(true); };
    note();
    main?.addEventListener('scroll', note, { passive: true });
    return () => main?.removeEventListener('scroll', note);
  }, []);
  return hasScrolled;
}

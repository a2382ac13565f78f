// A dialog that is above all others.
import { useEffect } from 'react';

/** A dialog below hides everything else from those who listen to the page, whenever it changes; this one is above it. */
export function useTopmost(titleId: string): void {
  useEffect(() => {
    const show = () => {
      const own = document.getElementById(titleId)?.closest('body > *');
      if (own?.hasAttribute('aria-hidden')) own.removeAttribute('aria-hidden');
    };
    show();
    const observer = new MutationObserver(show);
    observer.observe(document.body, { attributes: true, attributeFilter: ['aria-hidden'], subtree: true });
    return () => observer.disconnect();
  }, [titleId]);
}

// Whether the screen is narrow, as long as the component is there.
import { useSyncExternalStore } from 'react';

const NARROW = '(max-width: 48rem)';

export function useNarrow(): boolean {
  return useSyncExternalStore(
    (changed) => {
      const query = window.matchMedia(NARROW);
      query.addEventListener('change', changed);
      return () => query.removeEventListener('change', changed);
    },
    () => window.matchMedia(NARROW).matches,
  );
}

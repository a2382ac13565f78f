// The stream in which the server tells that alerts changed. It comes back by itself, after a while that grows.

/** What is heard: the stream is there, is not, or alerts changed (null: too many to name). */
export type Heard = { kind: 'open' } | { kind: 'lost' } | { kind: 'news'; ids: string[] | null };

const WAIT_MS_MIN = 2_000;
const WAIT_MS_MAX = 60_000;

/** Follows it until the function that is returned is called. */
export function follow(tell: (heard: Heard) => void): () => void {
  let wait = WAIT_MS_MIN;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let source: EventSource;
  const open = () => {
    source = new EventSource('/internal/live');
    source.onopen = () => {
      wait = WAIT_MS_MIN;
      tell({ kind: 'open' });
    };
    source.addEventListener('alerts', (event: MessageEvent<string>) => tell({ kind: 'news', ids: idsOf(event.data) }));
    source.onerror = () => {
      tell({ kind: 'lost' });
      // While it is connecting the browser tries again; when it gave up, it is for us.
      if (source.readyState !== EventSource.CLOSED) return;
      timer = setTimeout(open, wait);
      wait = Math.min(wait * 2, WAIT_MS_MAX);
    };
  };
  open();
  return () => {
    clearTimeout(timer);
    source.close();
  };
}

function idsOf(data: string): string[] | null {
  try {
    const { ids } = JSON.parse(data) as { ids: string[] | null };
    return Array.isArray(ids) ? ids : null;
  } catch {
    return null;
  }
}

// Has a page hear of alerts that changed: at once the first time, then not more often than it can be looked at.
import { useEffect, useRef, useSyncExternalStore } from 'react';
import { follow, type Heard } from './stream';

/** Alerts that changed; null when any may have. */
export type Changed = ReadonlySet<string> | null;

const PAUSE_MS = 3_000;
const listeners = new Set<(heard: Heard) => void>();
const watchers = new Set<() => void>();
let leave: (() => void) | null = null;
let isOpen = false;

function tell(heard: Heard): void {
  if (heard.kind !== 'news') {
    isOpen = heard.kind === 'open';
    watchers.forEach((watcher) => watcher());
  }
  listeners.forEach((listener) => listener(heard));
}

function join(): void {
  if (leave) return;
  if (!('SharedWorker' in window)) {
    leave = follow(tell);
    return;
  }
  const worker = new SharedWorker(new URL('./worker.ts', import.meta.url), { type: 'module', name: 'margay-live' });
  const { port } = worker;
  port.onmessage = ({ data }: MessageEvent<Heard>) => tell(data);
  leave = () => {
    port.postMessage('leave');
    port.close();
  };
  // Its script could not be had: this tab follows by itself.
  worker.onerror = () => {
    leave = follow(tell);
  };
}

/** Follows no more: the page goes, or who follows signs out. */
export function leaveLive(): void {
  leave?.();
  leave = null;
  isOpen = false;
}

window.addEventListener('pagehide', leaveLive);
window.addEventListener('pageshow', () => {
  if (listeners.size > 0) join();
});

/** Calls back with what changed, while the page is looked at; with null too when the stream is there again. */
export function useNews(callback: (changed: Changed) => void): void {
  const latest = useRef(callback);
  useEffect(() => {
    latest.current = callback;
  });
  useEffect(() => {
    let changed: Changed = new Set();
    let notBefore = 0;
    let timer: number | undefined;
    const give = () => {
      timer = undefined;
      if (document.hidden || changed?.size === 0) return;
      const given = changed;
      changed = new Set();
      notBefore = Date.now() + PAUSE_MS;
      latest.current(given);
    };
    const plan = () => {
      timer ??= window.setTimeout(give, Math.max(0, notBefore - Date.now()));
    };
    const hear = (heard: Heard) => {
      if (heard.kind === 'lost') return;
      const ids = heard.kind === 'news' ? heard.ids : null;
      changed = ids && changed ? new Set([...changed, ...ids]) : null;
      plan();
    };
    listeners.add(hear);
    join();
    document.addEventListener('visibilitychange', plan);
    return () => {
      window.clearTimeout(timer);
      listeners.delete(hear);
      document.removeEventListener('visibilitychange', plan);
    };
  }, []);
}

const POLL_MS = 30_000;

/** Calls back with null from time to time while no stream tells of changes. */
export function usePolling(callback: () => void): void {
  const isLive = useSyncExternalStore((watcher) => {
    watchers.add(watcher);
    return () => watchers.delete(watcher);
  }, () => isOpen);
  const latest = useRef(callback);
  useEffect(() => {
    latest.current = callback;
  });
  useEffect(() => {
    if (isLive) return undefined;
    const timer = window.setInterval(() => {
      if (!document.hidden) latest.current();
    }, POLL_MS);
    return () => window.clearInterval(timer);
  }, [isLive]);
}

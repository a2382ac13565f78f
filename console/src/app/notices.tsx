// Short notices in the corner: what was done, and the way back where there is one. What failed stands where it was tried,
// not here.
import { Alert, AlertActionCloseButton, AlertActionLink, AlertGroup } from '@patternfly/react-core';
import { createContext, useCallback, useContext, useMemo, useState, type ReactNode } from 'react';

/** What a notice offers to do; it goes when that is chosen. */
export type NoticeAction = { label: string; act: () => void };
type Notice = { key: number; title: string; variant: 'success' | 'danger'; action: NoticeAction | undefined };
type Say = (title: string, variant?: Notice['variant'], action?: NoticeAction) => void;

const Context = createContext<Say>(() => undefined);
/** Notices that are shown at once; older ones go. */
const NOTICES_MAX = 4;
const SHOWN_MS = 6_000;
/** What can be chosen stays longer. */
const OFFERED_MS = 15_000;

export function NoticeProvider({ children }: { children: ReactNode }) {
  const [notices, setNotices] = useState<Notice[]>([]);
  const remove = useCallback((key: number) => setNotices((all) => all.filter((one) => one.key !== key)), []);
  const say = useCallback<Say>((title, variant = 'success', action) => {
    setNotices((all) => [...all, { key: Date.now() + Math.random(), title, variant, action }].slice(-NOTICES_MAX));
  }, []);
  const shown = useMemo(() => notices.map(({ key, title, variant, action }) => (
    <Alert key={key} title={title} variant={variant} timeout={action ? OFFERED_MS : SHOWN_MS} onTimeout={() => remove(key)}
      actionLinks={action && <AlertActionLink onClick={() => { remove(key); action.act(); }}>{action.label}</AlertActionLink>}
      actionClose={<AlertActionCloseButton aria-label={`Close: ${title}`} onClose={() => remove(key)} />} />
  )), [notices, remove]);
  return (
    <Context.Provider value={say}>
      {children}
      <AlertGroup isToast isLiveRegion>{shown}</AlertGroup>
    </Context.Provider>
  );
}

/** Says that something was done. */
export const useSay = (): Say => useContext(Context);

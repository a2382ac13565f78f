// Short notices in the corner: what was done. What failed stands where it was tried, not here.
import { Alert, AlertActionCloseButton, AlertGroup } from '@patternfly/react-core';
import { createContext, useCallback, useContext, useMemo, useState, type ReactNode } from 'react';

type Notice = { key: number; title: string; variant: 'success' | 'danger' };
type Say = (title: string, variant?: Notice['variant']) => void;

const Context = createContext<Say>(() => undefined);
/** Notices that are shown at once; older ones go. */
const NOTICES_MAX = 4;
const SHOWN_MS = 6_000;

export function NoticeProvider({ children }: { children: ReactNode }) {
  const [notices, setNotices] = useState<Notice[]>([]);
  const remove = useCallback((key: number) => setNotices((all) => all.filter((one) => one.key !== key)), []);
  const say = useCallback<Say>((title, variant = 'success') => {
    setNotices((all) => [...all, { key: Date.now() + Math.random(), title, variant }].slice(-NOTICES_MAX));
  }, []);
  const shown = useMemo(() => notices.map(({ key, title, variant }) => (
    <Alert key={key} title={title} variant={variant} timeout={SHOWN_MS} onTimeout={() => remove(key)}
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

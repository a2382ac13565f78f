// The page opens with the view that one has chosen for that, unless its address says something else.
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { viewsQuery } from '../../api/views';
import { readBack, type AlertListSearch } from '../../app/searches-alerts';

/** Whether it is known what to show; from then on nothing else is opened. */
export function useOpeningView(search: AlertListSearch): boolean {
  const [wasReady, setReady] = useState(Object.keys(search).length > 0);
  const views = useQuery({ ...viewsQuery, enabled: !wasReady });
  const navigate = useNavigate({ from: '/alerts' });
  const view = wasReady ? undefined : views.data?.results.find(({ isDefault }) => isDefault);
  const isKnown = wasReady || views.isFetched;
  useEffect(() => {
    if (!isKnown) return;
    if (view) void navigate({ search: { ...readBack(view.search), view: view.id }, replace: true }).then(() => setReady(true));
    else setReady(true);
  }, [isKnown, view, navigate]);
  return wasReady;
}

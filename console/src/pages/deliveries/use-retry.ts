// One more attempt of a delivery, asked for one time however often its button is pressed.
import { useMutation, useMutationState, useQueryClient } from '@tanstack/react-query';
import { retryDelivery } from '../../api/alerts';

const KEY = ['retry-delivery'];

type Does = { onSuccess?: () => void; refresh: () => Promise<unknown> };

/** `pending` are the deliveries for which it was asked and that are not shown anew yet. */
export function useRetry({ onSuccess, refresh }: Does) {
  const queries = useQueryClient();
  const { mutate, error } = useMutation({ mutationKey: KEY, mutationFn: retryDelivery, onSettled: refresh, onSuccess: () => onSuccess?.() });
  const pending = useMutationState({ filters: { mutationKey: KEY, status: 'pending' }, select: ({ state }) => state.variables as string });
  const retry = (id: string) => {
    const isAsked = queries.isMutating({ mutationKey: KEY, predicate: ({ state }) => state.variables === id }) > 0;
    if (!isAsked) mutate(id);
  };
  return { retry, pending, error };
}

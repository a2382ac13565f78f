// What may stand behind `?` in the addresses of destinations and deliveries.
import type { DeliveryFilter, DeliveryState } from '../api/destinations';
import { text, tidy, words } from './searches';

type Raw = Record<string, unknown>;

export const DELIVERY_STATES: readonly DeliveryState[] = ['failed', 'pending', 'delivered', 'cancelled'];

export function catalogueSearch(raw: Raw): { contains?: string | undefined } {
  return tidy({ contains: text(raw, 'contains') });
}

/** `from`: the destination that a new one is a copy of. */
export function newDestinationSearch(raw: Raw): { from?: string | undefined } {
  return tidy({ from: text(raw, 'from') });
}

export function destinationSearch(raw: Raw): { state?: DeliveryState | undefined } {
  return tidy({ state: words(raw, 'state', DELIVERY_STATES)?.[0] });
}

/** `any` shows the deliveries of every state; without a word those that were given up. */
export function deliverySearch(raw: Raw): { state?: DeliveryState | 'any' | undefined } & Pick<DeliveryFilter, 'destination'> {
  const known: readonly (DeliveryState | 'any')[] = [...DELIVERY_STATES, 'any'];
  return tidy({ state: words(raw, 'state', known)?.[0], destination: text(raw, 'destination') });
}

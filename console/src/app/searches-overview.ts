// What may stand behind `?` in the address of the overview.
import { SPANS, type Hours } from '../api/overview';

export type Measure = 'events' | 'bytes';
export type OverviewSearch = { hours?: Hours; volume?: Measure };

export function overviewSearch(raw: Record<string, unknown>): OverviewSearch {
  const hours = SPANS.find((one) => one === Number(raw['hours']));
  return {
    ...(hours && hours !== SPANS[0] ? { hours } : {}),
    ...(raw['volume'] === 'bytes' ? { volume: 'bytes' } : {}),
  };
}

// How moments are written: in the zone that the person chose, to the second, never ambiguous.
import { Stored } from './stored';

export type Zone = 'browser' | 'UTC';
export const zone = new Stored<Zone>('time-zone', ['browser', 'UTC']);

const formats = new Map<Zone, Intl.DateTimeFormat>();

function formatOf(name: Zone): Intl.DateTimeFormat {
  const known = formats.get(name);
  if (known) return known;
  const made = new Intl.DateTimeFormat('sv-SE', {
    year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit',
    ...(name === 'UTC' ? { timeZone: 'UTC' } : {}),
  });
  formats.set(name, made);
  return made;
}

/** `2026-03-01 10:00:00`, with ` UTC` where that is the choice. */
export function written(at: string, name: Zone): string {
  const date = new Date(at);
  if (Number.isNaN(date.getTime())) return at;
  return formatOf(name).format(date) + (name === 'UTC' ? ' UTC' : '');
}

const STEPS: readonly [number, Intl.RelativeTimeFormatUnit][] = [
  [86_400, 'day'], [3_600, 'hour'], [60, 'minute'], [1, 'second'],
];
const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });

/** `3 minutes ago`, `in 2 days`. */
export function ago(at: string, now: number): string {
  const seconds = Math.round((new Date(at).getTime() - now) / 1000);
  const [size, unit] = STEPS.find(([step]) => Math.abs(seconds) >= step) ?? [1, 'second'];
  return relative.format(Math.trunc(seconds / size), unit);
}

// The intervals of a chart: how their beginnings are written, and the filter of what was made in one.
import type { Overview } from '../../api/overview';
import { useStored } from '../../app/stored';
import { written, zone, type Zone } from '../../app/time';

type Span = Pick<Overview, 'from' | 'hours' | 'intervalSeconds'>;

/** Beginnings of all intervals, in the chosen zone. */
export function useMoments(span: Span): string[] {
  const name = useStored(zone);
  const count = (span.hours * 3600) / span.intervalSeconds;
  return Array.from({ length: count }, (_none, number) => brief(beginOf(span, number), span.hours, name));
}

/** `10-31 14:00`, or `14:00` within a day. */
function brief(at: number, hours: number, name: Zone): string {
  const text = written(new Date(at).toISOString(), name);
  return hours > 24 ? text.slice(5, 16) : text.slice(11, 16);
}

function beginOf({ from, intervalSeconds }: Span, number: number): number {
  return new Date(from).getTime() + number * intervalSeconds * 1000;
}

/** Bounds of an interval, both of which belong to it. */
export function boundsOf(span: Span, number: number): { 'created-after': string; 'created-before': string } {
  const end = new Date(beginOf(span, number + 1) - 1).toISOString();
  return {
    'created-after': new Date(beginOf(span, number)).toISOString().replace('.000Z', 'Z'),
    // The server's times have nine digits.
    'created-before': end.replace('.999Z', '.999999999Z'),
  };
}

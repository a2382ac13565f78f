// A day in a line: events by the hour.
import { counted } from './numbers';

const [WIDTH, HEIGHT] = [96, 20];

export function Sparkline({ counts, label }: { counts: readonly number[]; label: string }) {
  const most = Math.max(...counts, 1);
  const step = WIDTH / Math.max(counts.length - 1, 1);
  const points = counts.map((count, index) => `${(index * step).toFixed(1)},${(HEIGHT - 1 - (count / most) * (HEIGHT - 2)).toFixed(1)}`);
  const sum = counts.reduce((all, count) => all + count, 0);
  return (
    <svg className="sparkline" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} width={WIDTH} height={HEIGHT} role="img"
      aria-label={`${label}: ${counted(sum, 'event')} in 24 hours, at most ${most === 1 && sum === 0 ? 0 : most} in one`}>
      <polyline points={points.join(' ')} fill="none" stroke="currentColor" strokeWidth="1.5" />
    </svg>
  );
}

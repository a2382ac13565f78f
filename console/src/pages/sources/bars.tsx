// Events and failures over time as bars, and the same as a table for those who do not see them.
import type { SourceVolumeSeries } from '../../api/intake';
import { useStored } from '../../app/stored';
import { written as moment, zone } from '../../app/time';
import { written } from './numbers';

const [WIDTH, HEIGHT, GAP] = [720, 120, 2];

export function Bars({ series: { results }, label }: { series: SourceVolumeSeries; label: string }) {
  const name = useStored(zone);
  const most = Math.max(...results.map(({ events, failures }) => events + failures), 1);
  const step = WIDTH / Math.max(results.length, 1);
  return (
    <>
      <svg className="bars" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" preserveAspectRatio="none"
        aria-label={`${label}: events and failures over time, at most ${written(most)} in one interval; the numbers are in the table below`}>
        <line x1="0" y1={HEIGHT - 0.5} x2={WIDTH} y2={HEIGHT - 0.5} className="bars-axis" />
        {results.map(({ at, events, failures }, index) => {
          const [good, bad] = [events, failures].map((count) => (count / most) * (HEIGHT - 1)) as [number, number];
          const box = { x: index * step + GAP / 2, width: Math.max(step - GAP, 1) };
          return (
            <g key={at}>
              <title>{`${moment(at, name)}: ${written(events)} events, ${written(failures)} failures`}</title>
              <rect {...box} y={HEIGHT - 1 - good} height={good} className="bars-events" />
              <rect {...box} y={HEIGHT - 1 - good - bad} height={bad} className="bars-failures" />
            </g>
          );
        })}
      </svg>
      <p className="small subtle bars-span"><span>{moment(results[0]?.at ?? '', name)}</span><span>now</span></p>
      <details className="small">
        <summary>As numbers</summary>
        <table className="pf-v6-c-table pf-m-compact" aria-label="Events and failures over time">
          <thead><tr><th scope="col">From</th><th scope="col">Events</th><th scope="col">Failures</th></tr></thead>
          <tbody>
            {results.map(({ at, events, failures }) => (
              <tr key={at}><td>{moment(at, name)}</td><td>{written(events)}</td><td>{written(failures)}</td></tr>
            ))}
          </tbody>
        </table>
      </details>
    </>
  );
}

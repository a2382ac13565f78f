// How many alerts were made, by severity; a bar leads to them.
import type { Overview, OverviewAlerts } from '../../api/overview';
import type { Severity } from '../../api/types';
import { Chart, type ChartColour } from '../../parts/chart';
import { Nothing } from '../../parts/nothing';
import { SEVERITY_WORDS, STATUSES } from '../../parts/severity';
import { boundsOf, useMoments } from './intervals';

const COLOURS: Record<Severity, ChartColour> = {
  CRITICAL: 'red', HIGH: 'orangered', MEDIUM: 'orange', LOW: 'blue', INFO: 'grey',
};

export function AlertsOverTime({ found, alerts }: { found: Overview; alerts: OverviewAlerts }) {
  const moments = useMoments(found);
  // Harmless ones below: the worst stand on top of them.
  const series = [...alerts.overTime].reverse();
  if (series.every(({ counts }) => counts.every((count) => count === 0))) {
    return <Nothing title="No alert in this time">Nothing that a detection looks for was found.</Nothing>;
  }
  return (
    <Chart label="Alerts by severity" moments={moments} written={(value) => value.toLocaleString('en')}
      series={series.map(({ severity, counts }) => ({
        name: SEVERITY_WORDS[severity], colour: COLOURS[severity], values: counts,
      }))}
      linkOf={(moment, number) => ({
        to: '/alerts',
        search: {
          status: [...STATUSES], ...boundsOf(found, moment),
          ...(series[number] ? { severity: [series[number].severity] } : {}),
        },
      })} />
  );
}

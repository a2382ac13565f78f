// How much came in, by log type.
import type { Overview, OverviewVolumes } from '../../api/overview';
import { Chart, COLOURS } from '../../parts/chart';
import { Nothing } from '../../parts/nothing';
import { bytes } from '../../parts/bytes';
import { useMoments } from './intervals';

type Props = { found: Overview; volumes: OverviewVolumes; measure: 'events' | 'bytes' };

export function Volumes({ found, volumes, measure }: Props) {
  const moments = useMoments(found);
  const all = volumes.others ? [...volumes.logTypes, volumes.others] : volumes.logTypes;
  if (all.length === 0) {
    return <Nothing title="Nothing came in">No log source sent an event in this time.</Nothing>;
  }
  const series = all.map((volume, number) => ({
    name: volume.logType ?? 'Others', colour: COLOURS[number] ?? 'grey', values: volume[measure],
  }));
  return (
    <Chart label={measure === 'events' ? 'Events by log type' : 'Bytes by log type'} moments={moments} series={series}
      written={measure === 'events' ? (value) => value.toLocaleString('en') : bytes} />
  );
}

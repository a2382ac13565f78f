// How long a source may be silent before an alert says so.
import { useState } from 'react';
import { deleteAlarm, putAlarm, type SourceOverview } from '../../api/intake';
import { useSay } from '../../app/notices';
import { FormDialog } from '../../parts/dialog';
import { Select } from '../../parts/select';
import { silence } from './numbers';

const CHOICES = [15, 60, 360, 1440, 4320, 10_080, 43_200];
const NONE = 'none';

export function AlarmDialog({ source, onClose }: { source: SourceOverview; onClose: () => void }) {
  const say = useSay();
  const set = source.alarm?.minutesThreshold;
  const [minutes, setMinutes] = useState(String(set ?? 1440));
  const choices = [...new Set([...CHOICES, ...(set ? [set] : [])])].sort((a, b) => a - b);
  const save = async () => {
    if (minutes === NONE) await deleteAlarm(source.id);
    else await putAlarm(source.id, Number(minutes));
    say(minutes === NONE ? `${source.label} has no alarm` : `${source.label} may be silent for ${silence(Number(minutes))}`);
  };
  return (
    <FormDialog title={`Alarm for silence: ${source.label}`} submit="Save" size="small" failed="The alarm is as it was"
      onClose={onClose} onSubmit={save}>
      <Select id="alarm-minutes" label="An alert is made when no event came for" value={minutes} onChange={setMinutes}
        options={[...choices.map((choice) => [String(choice), silence(choice)] as const), ...(set ? [[NONE, 'No alarm'] as const] : [])]} />
    </FormDialog>
  );
}

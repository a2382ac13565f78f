// How a destination does: a word, and what is behind it.
import { Label, type LabelProps } from '@patternfly/react-core';
import type { Destination } from '../../api/types';
import { Moment } from '../../parts/moment';

type Shown = { word: string; color: NonNullable<LabelProps['color']> };
const STATES: Record<Destination['health']['state'], Shown> = {
  healthy: { word: 'well', color: 'green' },
  failing: { word: 'failing', color: 'red' },
  paused: { word: 'paused', color: 'red' },
  disabled: { word: 'switched off', color: 'grey' },
  unreadable: { word: 'unreadable', color: 'red' },
};

export function DestinationState({ destination: { health, mute } }: { destination: Destination }) {
  const { word, color } = STATES[health.state];
  return (
    <>
      <Label isCompact color={color}>{word}</Label>{mute && <>{' '}<Label isCompact color="purple">muted</Label></>}
      {health.failingSince && <div className="small">since <Moment at={health.failingSince} /></div>}
      {health.lastError && <div className="subtle small breakable last-error">{health.lastError}</div>}
      {mute && <div className="small">until <Moment at={mute.until} />{mute.reason && <>: <span className="breakable">{mute.reason}</span></>}</div>}
    </>
  );
}

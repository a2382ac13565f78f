// Keeps a destination quiet for a while.
import { useState } from 'react';
import { muteDestination } from '../../api/destinations';
import type { Destination } from '../../api/types';
import { FormDialog } from '../../parts/dialog';
import { Field } from '../../parts/field';
import { MomentField } from '../../parts/moment-field';
import { Select } from '../../parts/select';

const HOUR_MS = 3_600_000;
const SPANS = [['1', 'For 1 hour'], ['8', 'For 8 hours'], ['24', 'For 24 hours'], ['until', 'Until a time']] as const;
type Span = (typeof SPANS)[number][0];

type Props = { destination: Destination; onClose: () => void; onDone: () => void };

export function MuteDialog({ destination: { id, displayName, mute }, onClose, onDone }: Props) {
  const [span, setSpan] = useState<Span>(mute ? 'until' : '1');
  const [until, setUntil] = useState(mute?.until);
  const [reason, setReason] = useState(mute?.reason ?? '');
  const end = () => (span === 'until' ? until ?? '' : new Date(Date.now() + Number(span) * HOUR_MS).toISOString());
  return (
    <FormDialog title={`Mute ${displayName}`} submit="Mute" size="small" isReady={span !== 'until' || until !== undefined}
      failed="It is not muted" onClose={onClose}
      onSubmit={async () => { await muteDestination(id, { until: end(), reason: reason.trim() || null }); onDone(); }}>
      <p>New alerts do not go to it by themselves meanwhile. What waits already, tests and what is sent by hand do. It ends by itself.</p>
      <Select id="mute-span" label="How long" value={span} options={SPANS} onChange={setSpan} />
      {span === 'until' && <MomentField id="mute-until" label="Until, at most 30 days ahead" value={until} onChange={setUntil} />}
      <Field id="mute-reason" label="Why" value={reason} onChange={setReason} maxLength={255} help="Shown beside it; may be empty" />
    </FormDialog>
  );
}

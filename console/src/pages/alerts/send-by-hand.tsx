// Sends an alert to destinations that one chooses.
import { Button, Checkbox } from '@patternfly/react-core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { deliveriesQuery, destinationsQuery, dispatchAlert } from '../../api/alerts';
import type { Alert } from '../../api/types';
import { useSay } from '../../app/notices';
import { FormDialog } from '../../parts/dialog';

export function SendByHand({ alert }: { alert: Alert }) {
  const destinations = useQuery(destinationsQuery);
  const [isOpen, setOpen] = useState(false);
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const queries = useQueryClient();
  const say = useSay();
  const open = destinations.data?.results.filter(({ enabled, manualDispatch }) => enabled && manualDispatch) ?? [];
  if (open.length === 0) return null;
  return (
    <>
      <Button variant="secondary" className="below" onClick={() => setOpen(true)}>Send by hand</Button>
      {isOpen && (
        <FormDialog title="Send this alert" submit="Send" size="small" isReady={chosen.size > 0} failed="It was not sent"
          onClose={() => { setOpen(false); setChosen(new Set()); }}
          onSubmit={async () => {
            await dispatchAlert(alert.id, [...chosen]);
            say('The alert is on its way');
            await queries.invalidateQueries({ queryKey: deliveriesQuery(alert.id).queryKey });
          }}>
          {open.map(({ id, displayName }) => (
            <Checkbox key={id} id={`send-${id}`} label={displayName} isChecked={chosen.has(id)}
              onChange={(_event, isOn) => {
                const next = new Set(chosen);
                if (isOn) next.add(id);
                else next.delete(id);
                setChosen(next);
              }} />
          ))}
        </FormDialog>
      )}
    </>
  );
}

// A new secret for a source: the old one is refused from then on.
import { useState } from 'react';
import { httpSourceQuery, updateSource, type SourceOverview } from '../../api/intake';
import { useQueryClient } from '@tanstack/react-query';
import { CopyField } from '../../parts/copy-field';
import { FormDialog, ShownOnce } from '../../parts/dialog';
import { draftOf, formOf, freshSecret } from './draft';

export function RotateDialog({ source, onClose }: { source: SourceOverview; onClose: () => void }) {
  const queries = useQueryClient();
  const [secret] = useState(freshSecret);
  const [isDone, setDone] = useState(false);
  const rotate = async () => {
    const { value, revision } = await queries.fetchQuery({ ...httpSourceQuery(source.id), staleTime: 0 });
    await updateSource(source.id, formOf({ ...draftOf(value), secret }), revision);
    setDone(true);
  };
  if (isDone) {
    return (
      <ShownOnce title={`The new secret of ${source.label}`} onClose={onClose}>
        <p className="above">Copy it now: it is shown this one time.</p>
        <CopyField value={secret} label="Secret" />
      </ShownOnce>
    );
  }
  return (
    <FormDialog title={`Rotate the credentials of ${source.label}`} submit="Rotate" isDanger size="small" keepsOpen
      failed="The credentials are as they were" onClose={onClose} onSubmit={rotate}>
      <p>It gets a new secret. Senders with the old one are refused from then on, until they have the new one.</p>
    </FormDialog>
  );
}

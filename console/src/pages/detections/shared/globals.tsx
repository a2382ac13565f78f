// Globals: Python modules that detections import.
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { makeItem } from '../../../api/detections';
import { FormDialog } from '../../../parts/dialog';
import { Field } from '../../../parts/field';
import { Shelf } from './shelf';
import { globalTexts } from './templates';

export function GlobalsPage() {
  const search = useSearch({ from: '/shell/detections/globals' });
  const navigate = useNavigate({ from: '/detections/globals' });
  return (
    <Shelf kind="global" title="Globals" noun="global" about="Python modules that detections import by their id."
      empty="Put what several detections need into one." search={search}
      onSearch={(next) => void navigate({ search: next, replace: true })} dialog={(onClose) => <NewGlobal onClose={onClose} />} />
  );
}

/** What Python takes for the name of a module. */
const MODULE = /^[A-Za-z_][A-Za-z0-9_]*$/;

function NewGlobal({ onClose }: { onClose: () => void }) {
  const [id, setId] = useState('');
  const navigate = useNavigate();
  const isRight = MODULE.test(id);
  return (
    <FormDialog title="A new global" submit="Make it" isReady={isRight} keepsOpen failed="It was not made" onClose={onClose}
      onSubmit={async () => {
        const { yaml, python } = globalTexts(id);
        await makeItem(id, 'global', yaml, python);
        await navigate({ to: '/detections/$id', params: { id } });
      }}>
      <Field id="global-id" label="Id" value={id} onChange={setId} isRequired autoFocus maxLength={255}
        help="Detections write `import` and this name, such as company_helpers"
        wrong={id !== '' && !isRight ? 'Letters, digits and `_`, and no digit first' : null} />
      <p>It begins with nothing in it; you write it on the next page.</p>
    </FormDialog>
  );
}

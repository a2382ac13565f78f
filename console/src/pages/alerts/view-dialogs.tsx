// How a saved view is called and who sees it; and the end of one.
import { Checkbox } from '@patternfly/react-core';
import { useState } from 'react';
import type { SavedView } from '../../api/types';
import { createView, deleteView, updateView } from '../../api/views';
import { useSay } from '../../app/notices';
import { FormDialog } from '../../parts/dialog';
import { Field } from '../../parts/field';

type NameProps = { view: SavedView | null; search: string; onClose: () => void; onSaved: (view: SavedView) => void };

export function NameView({ view, search, onClose, onSaved }: NameProps) {
  const say = useSay();
  const [name, setName] = useState(view?.name ?? '');
  const [shared, setShared] = useState(view?.shared ?? false);
  return (
    <FormDialog title={view ? `Rename or share ${view.name}` : 'Save these filters as a view'} submit="Save" size="small"
      isReady={name.trim() !== ''} failed="The view was not saved" onClose={onClose}
      onSubmit={async () => {
        const form = { name: name.trim(), shared, search };
        const saved = view ? await updateView(view, form) : await createView(form);
        say(`Saved: ${saved.name}`);
        onSaved(saved);
      }}>
      <Field id="view-name" label="Name" value={name} onChange={setName} isRequired autoFocus maxLength={255} />
      <Checkbox id="view-shared" label="Shared with everybody" isChecked={shared} onChange={(_event, isOn) => setShared(isOn)}
        description="Others can open it; you, and who manages users, can change it" />
    </FormDialog>
  );
}

export function DeleteView({ view, onClose, onDeleted }: { view: SavedView; onClose: () => void; onDeleted: () => void }) {
  const say = useSay();
  return (
    <FormDialog title={`Delete the view ${view.name}`} submit="Delete" isDanger size="small" failed="The view is still there"
      onClose={onClose}
      onSubmit={async () => {
        await deleteView(view.id);
        say(`Deleted: ${view.name}`);
        onDeleted();
      }}>
      <p>{view.shared ? 'Everybody loses it. ' : ''}The alerts stay as they are.</p>
    </FormDialog>
  );
}

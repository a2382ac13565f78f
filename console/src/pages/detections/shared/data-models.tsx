// Data models: common names for the fields of log types.
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { logTypeNamesQuery, makeItem } from '../../../api/detections';
import { FormDialog } from '../../../parts/dialog';
import { Field } from '../../../parts/field';
import { Select } from '../../../parts/select';
import { Shelf } from './shelf';
import { dataModelTexts } from './templates';

export function DataModelsPage() {
  const search = useSearch({ from: '/shell/detections/data-models' });
  const navigate = useNavigate({ from: '/detections/data-models' });
  return (
    <Shelf kind="data_model" title="Data models" noun="data model"
      about="Common names for fields, so that one detection looks at several log types. Each log type has one that is enabled."
      empty="Give the fields of a log type common names, such as source_ip." search={search}
      onSearch={(next) => void navigate({ search: next, replace: true })} dialog={(onClose) => <NewDataModel onClose={onClose} />} />
  );
}

function NewDataModel({ onClose }: { onClose: () => void }) {
  const [id, setId] = useState('');
  const [logType, setLogType] = useState('');
  const logTypes = useQuery(logTypeNamesQuery);
  const navigate = useNavigate();
  const names = logTypes.data ?? [];
  const isRight = id.trim() !== '' && !/[<>&"%]/.test(id);
  return (
    <FormDialog title="A new data model" submit="Make it" isReady={isRight && logType !== ''} keepsOpen failed="It was not made" onClose={onClose}
      onSubmit={async () => {
        await makeItem(id.trim(), 'data_model', dataModelTexts(id.trim(), logType), null);
        await navigate({ to: '/detections/$id', params: { id: id.trim() } });
      }}>
      <Field id="data-model-id" label="Id" value={id} onChange={setId} isRequired autoFocus maxLength={1000} help="Such as Company.Okta"
        wrong={id !== '' && !isRight ? 'Without < > & " %' : null} />
      <Select id="data-model-log-type" label="Log type" value={logType} onChange={setLogType}
        options={[['', 'Choose'], ...names.map((name) => [name, name] as const)]} />
      <p>It begins disabled, with one name in it; you write the others on the next page.</p>
    </FormDialog>
  );
}

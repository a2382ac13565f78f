// A new detection: its kind and its id, then the editor with something that works.
import { ActionGroup, Button, Form, FormGroup, Radio } from '@patternfly/react-core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { logTypesQuery, type ItemKind } from '../../../api/editor';
import type { NewSearch } from '../../../app/searches-editor';
import { useMay } from '../../../app/session';
import { Field } from '../../../parts/field';
import { PageFrame } from '../../../parts/page';
import { Refused } from '../../refused';
import { KINDS, NEW_KINDS } from './kinds';
import { templateOf } from './templates';
import { Workbench } from './workbench';

export function NewDetectionPage() {
  const search = useSearch({ from: '/shell/detections/new' });
  const may = useMay();
  if (!may('RuleModify')) return <Refused needs={['RuleModify']} />;
  const { kind, id } = search;
  if (kind === undefined || id === undefined) return <Choice search={search} />;
  return <Written key={`${kind} ${id}`} kind={kind} id={id} search={search} />;
}

/** Letters of an id that every part of the server takes. */
const ID_WRONG = /[<>&"%]/;

function Choice({ search }: { search: NewSearch }) {
  const navigate = useNavigate({ from: '/detections/new' });
  const may = useMay();
  const logTypes = useQuery(logTypesQuery);
  const [kind, setKind] = useState<ItemKind>(search.kind ?? 'rule');
  const [id, setId] = useState(search.id ?? '');
  const [name, setName] = useState(search.name ?? '');
  const [logType, setLogType] = useState(search['log-type'] ?? '');
  const hasLogType = kind === 'rule' || kind === 'simple_rule';
  const isReady = id.trim() !== '' && !ID_WRONG.test(id);
  const begin = () => {
    const chosen = { kind, id: id.trim(), name: name.trim(), 'log-type': hasLogType ? logType.trim() : '' };
    void navigate({ search: Object.fromEntries(Object.entries(chosen).filter(([, value]) => value !== '')) });
  };
  return (
    <PageFrame title="A new detection" about="It begins with something that works, with tests. Nothing is saved before you say so.">
      <Form className="settings-form" onSubmit={(event) => { event.preventDefault(); if (isReady) begin(); }}>
        <FormGroup role="radiogroup" label="Kind" fieldId="new-kind">
          {NEW_KINDS.filter((one) => may('RuleModify', KINDS[one].permission)).map((one) => (
            <Radio key={one} id={`new-${one}`} name="new-kind" label={KINDS[one].label} description={KINDS[one].about}
              isChecked={kind === one} onChange={() => setKind(one)} />
          ))}
        </FormGroup>
        <Field id="new-id" label="Id" value={id} onChange={setId} isRequired autoFocus maxLength={1000}
          help="It stays for good, such as Okta.Account.Locked" wrong={ID_WRONG.test(id) ? 'Without < > & " %' : null} />
        <Field id="new-name" label="Name" value={name} onChange={setName} help="What people read; the id when it is empty" />
        {hasLogType && (
          <>
            <Field id="new-log-type" label="Log type" value={logType} onChange={setLogType} list="new-log-types" help="Such as Okta.SystemLog; others can be added" />
            <datalist id="new-log-types">
              {(logTypes.data?.results ?? []).map((one) => <option key={one.name} value={one.name} />)}
            </datalist>
          </>
        )}
        <ActionGroup><Button type="submit" isDisabled={!isReady}>Write it</Button></ActionGroup>
      </Form>
    </PageFrame>
  );
}

function Written({ kind, id, search }: { kind: ItemKind; id: string; search: NewSearch }) {
  const navigate = useNavigate();
  const texts = useMemo(() => templateOf(kind, { id, name: search.name ?? '', logType: search['log-type'] ?? '' }), []);
  const { tab: _tab, test: _test, version: _version, ...beginning } = search;
  return (
    <Workbench kind={kind} start={{ id: null, texts, revision: null }} isReadOnly={false} search={search}
      onSearch={(next) => void navigate({ to: '/detections/new', search: { ...beginning, ...next }, replace: true })}
      about={`${KINDS[kind].label}, not saved yet`}
      onSaved={(item) => void navigate({ to: '/detections/$id', params: { id: item.id }, search: search.tab ? { tab: search.tab } : {}, replace: true })} />
  );
}

// The form of the general settings: an empty field leaves a setting to its default.
import { ActionGroup, Alert, Button, Form, Title } from '@patternfly/react-core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useBlocker } from '@tanstack/react-router';
import { useState } from 'react';
import type { Revised } from '../../api/client';
import { problemOf } from '../../api/problem';
import { generalQuery, putGeneral, type GeneralSettings, type Setting } from '../../api/settings';
import { useSay } from '../../app/notices';
import { useMay } from '../../app/session';
import { Failure, sentence } from '../../parts/failure';
import { SECTIONS, typed } from './known';
import { SettingField } from './setting-field';

const KNOWN = SECTIONS.flatMap(({ settings }) => settings);

export function GeneralForm({ value, revision }: Revised<GeneralSettings>) {
  const { settings, warnings } = value;
  const [start, setStart] = useState(() => typedIn(settings));
  const [fields, setFields] = useState(start);
  const [from, setFrom] = useState(revision);
  const queries = useQueryClient();
  const say = useSay();
  const isReadOnly = !useMay()('GeneralSettingsModify');
  const isChanged = JSON.stringify(fields) !== JSON.stringify(start);
  const saving = useMutation({
    mutationFn: () => putGeneral(wanted(settings, fields), from),
    onSuccess: (saved) => {
      const now = typedIn(saved.value.settings);
      setStart(now);
      setFields(now);
      setFrom(saved.revision);
      queries.setQueryData(generalQuery.queryKey, saved);
      say('The settings are saved, and count from now on');
    },
  });
  useBlocker({
    shouldBlockFn: () => isChanged && !window.confirm('Leave without saving what you changed?'),
    enableBeforeUnload: () => isChanged,
  });
  const refused = saving.isError ? /^`([a-z_.]+)`: (.*)$/s.exec(problemOf(saving.error).message) : null;
  return (
    <Form className="narrow" onSubmit={(event) => { event.preventDefault(); saving.mutate(); }}>
      {warnings.map((warning) => <Alert key={warning} isInline variant="warning" title={sentence(warning)} />)}
      {saving.isError && <Failure title="The settings were not saved" thrown={saving.error} />}
      {/* What would be typed now would be replaced by what was saved. */}
      <fieldset className="plain-fieldset" disabled={saving.isPending}>
        {SECTIONS.map((section) => [
          <Title key={section.title} headingLevel="h2" size="lg">{section.title}</Title>,
          ...section.settings.map((known) => {
            const setting = settings.find(({ key }) => key === known.key);
            return setting && (
              <SettingField key={known.key} known={known} setting={setting} value={fields[known.key] ?? ''} isReadOnly={isReadOnly}
                wrong={refused?.[1] === known.key ? sentence(refused[2] ?? '') : null}
                onChange={(next) => setFields({ ...fields, [known.key]: next })} />
            );
          }),
        ])}
      </fieldset>
      {!isReadOnly && (
        <ActionGroup>
          <Button type="submit" isDisabled={!isChanged || saving.isPending} isLoading={saving.isPending}>Save</Button>
          <Button variant="link" isDisabled={!isChanged || saving.isPending} onClick={() => setFields(start)}>Put back</Button>
        </ActionGroup>
      )}
    </Form>
  );
}

/** What stands in the fields: what was set here, and nothing for a default. */
function typedIn(settings: Setting[]): Record<string, string> {
  return Object.fromEntries(settings.map(({ key, value, origin }) => [key, origin === 'console' ? String(value) : '']));
}

function wanted(settings: Setting[], fields: Record<string, string>): Record<string, unknown> {
  const open = settings.filter(({ key, origin }) => origin !== 'file' && (fields[key] ?? '') !== '');
  return Object.fromEntries(open.map(({ key }) => {
    const kind = KNOWN.find((known) => known.key === key)?.kind ?? { of: 'text' as const };
    return [key, typed(kind, (fields[key] ?? '').trim())];
  }));
}

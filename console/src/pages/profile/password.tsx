// A new password for oneself; all other sessions end with it.
import { ActionGroup, Button, Form } from '@patternfly/react-core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { changePassword, ownSessionsQuery } from '../../api/account';
import { useSay } from '../../app/notices';
import { Failure } from '../../parts/failure';
import { Field } from '../../parts/field';
import { isTyped, NewPasswordFields, NO_PASSWORD } from '../../parts/new-password';

export function Password() {
  const [current, setCurrent] = useState('');
  const [next, setNext] = useState(NO_PASSWORD);
  const queries = useQueryClient();
  const say = useSay();
  const saving = useMutation({
    mutationFn: () => changePassword({ current, new: next.password }),
    onSuccess: () => {
      setCurrent('');
      setNext(NO_PASSWORD);
      void queries.invalidateQueries({ queryKey: ownSessionsQuery.queryKey });
      say('The new password holds; your other sessions ended');
    },
  });
  return (
    <Form onSubmit={(event) => { event.preventDefault(); saving.mutate(); }}>
      {saving.isError && <Failure title="The password stays as it was" thrown={saving.error} />}
      <Field id="current-password" label="Present password" type="password" value={current} onChange={setCurrent} isRequired
        autoComplete="current-password" />
      <NewPasswordFields value={next} onChange={setNext} label="New password" />
      <ActionGroup>
        <Button type="submit" variant="secondary" isDisabled={current === '' || !isTyped(next) || saving.isPending}>
          Change password
        </Button>
      </ActionGroup>
    </Form>
  );
}

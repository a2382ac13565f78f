// A new API token, or changes of one.
import { FormGroup, FormHelperText, HelperText, HelperTextItem, TextArea } from '@patternfly/react-core';
import { useState } from 'react';
import type { Revised } from '../../api/client';
import { createToken, updateToken } from '../../api/people';
import type { ApiToken, ApiTokenForm, Permission } from '../../api/types';
import { useSay } from '../../app/notices';
import { FormDialog } from '../../parts/dialog';
import { Field } from '../../parts/field';
import { PermissionEditor } from '../../parts/permission-editor';
import { whole } from '../../parts/permissions';
import { Select } from '../../parts/select';

const DAY_MS = 86_400_000;
const LIVES = [['keep', 'As it is'], ['never', 'Never'], ['30', 'In 30 days'], ['90', 'In 90 days'], ['365', 'In a year']] as const;
type Life = (typeof LIVES)[number][0];

type Props = { read: Revised<ApiToken> | null; onClose: () => void; onMade: (token: ApiToken) => void };

export function TokenForm({ read, onClose, onMade }: Props) {
  const token = read?.value ?? null;
  const say = useSay();
  const [name, setName] = useState(token?.name ?? '');
  const before = token?.allowedCIDRBlocks.join('\n') ?? '';
  const [blocks, setBlocks] = useState(before);
  const [life, setLife] = useState<Life>(token ? 'keep' : '90');
  const [chosen, setChosen] = useState<Set<Permission>>(new Set(token?.permissions ?? []));
  const submit = async () => {
    const form: ApiTokenForm = {
      name: name.trim(), permissions: [...whole(chosen)],
      // What is not sent stays as it is, also when somebody changed it meanwhile.
      ...(blocks === before ? {} : { allowedCIDRBlocks: blocks.split(/[\s,]+/).filter((block) => block !== '') }), ...expiry(life),
    };
    const made = read ? await updateToken(read.value.id, form, read.revision) : await createToken(form);
    if (read) say(`Saved: ${form.name}`);
    onMade(made);
  };
  return (
    <FormDialog title={token ? `Change ${token.name}` : 'Make an API token'} submit={token ? 'Save' : 'Make'} size="large" keepsOpen
      isReady={name.trim() !== '' && chosen.size > 0} failed={token ? 'Nothing was changed' : 'No token was made'}
      onClose={onClose} onSubmit={submit}>
      <Field id="token-name" label="Name" value={name} onChange={setName} isRequired autoFocus maxLength={255}
        help="What it is for" />
      <Select id="token-life" label="Expires" value={life} onChange={setLife}
        options={LIVES.filter(([word]) => token !== null || word !== 'keep')} />
      <FormGroup label="May be used from" fieldId="token-blocks">
        <TextArea id="token-blocks" value={blocks} onChange={(_event, text) => setBlocks(text)} rows={2} autoResize
          resizeOrientation="vertical" aria-describedby="token-blocks-says" />
        <FormHelperText>
          <HelperText id="token-blocks-says">
            <HelperTextItem>Blocks of addresses, one a line, such as <code>192.0.2.0/24</code>; empty means anywhere</HelperTextItem>
          </HelperText>
        </FormHelperText>
      </FormGroup>
      <PermissionEditor chosen={chosen} onChange={setChosen} />
    </FormDialog>
  );
}

/** Absent leaves it as it is; null is never. */
function expiry(life: Life): Pick<ApiTokenForm, 'expiresAt'> {
  if (life === 'keep') return {};
  if (life === 'never') return { expiresAt: null };
  return { expiresAt: new Date(Date.now() + Number(life) * DAY_MS).toISOString() };
}

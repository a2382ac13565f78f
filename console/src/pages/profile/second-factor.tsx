// The second factor: set up with a QR code that is drawn here, recovery codes shown once, removed again.
import { Button, Content, Label, List, ListItem } from '@patternfly/react-core';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { beginSecondFactor, confirmSecondFactor, profileQuery, removeSecondFactor } from '../../api/account';
import type { Profile, SecondFactor } from '../../api/types';
import { useSay } from '../../app/notices';
import { CopyField } from '../../parts/copy-field';
import { FormDialog, ShownOnce } from '../../parts/dialog';
import { Field } from '../../parts/field';
import { QrCode } from '../../parts/qr-code';

type Step = { at: 'rest' } | { at: 'password' } | { at: 'scan'; factor: SecondFactor } | { at: 'codes'; codes: string[] }
  | { at: 'remove' };
const REST: Step = { at: 'rest' };

export function SecondFactorPart({ profile }: { profile: Profile }) {
  const [step, setStep] = useState<Step>(REST);
  const [password, setPassword] = useState('');
  const queries = useQueryClient();
  const say = useSay();
  const rest = () => {
    setPassword('');
    setStep(REST);
    void queries.invalidateQueries({ queryKey: profileQuery.queryKey });
  };
  return (
    <>
      {profile.secondFactor ? <On profile={profile} onRemove={() => setStep({ at: 'remove' })} />
        : <Off onBegin={() => setStep({ at: 'password' })} />}
      {step.at === 'password' && (
        <FormDialog title="Set up the second factor" submit="Go on" onClose={rest} isReady={password !== ''} size="small"
          keepsOpen onSubmit={async () => {
            const factor = await beginSecondFactor(password);
            setPassword('');
            setStep({ at: 'scan', factor });
          }}>
          <Field id="password-again" label="Your password" type="password" value={password} onChange={setPassword} isRequired
            autoComplete="current-password" autoFocus />
        </FormDialog>
      )}
      {step.at === 'scan' && (
        <Scan factor={step.factor} onClose={rest} onDone={(codes) => setStep({ at: 'codes', codes })} />
      )}
      {step.at === 'codes' && <Codes codes={step.codes} onClose={rest} />}
      {step.at === 'remove' && (
        <FormDialog title="Remove the second factor" submit="Remove" isDanger onClose={rest} isReady={password !== ''}
          size="small" onSubmit={async () => {
            await removeSecondFactor(password);
            say('The second factor is removed');
          }}>
          <p>From then on your password alone is enough to sign in.</p>
          <Field id="password-again" label="Your password" type="password" value={password} onChange={setPassword} isRequired
            autoComplete="current-password" autoFocus />
        </FormDialog>
      )}
    </>
  );
}

function On({ profile, onRemove }: { profile: Profile; onRemove: () => void }) {
  const left = profile.recoveryCodesLeft;
  return (
    <Content>
      <p><Label color="green">On</Label> A code of your authenticator is asked for at sign-in.</p>
      <p>{left} recovery {left === 1 ? 'code is' : 'codes are'} left.
        {left <= 2 && ' Remove the second factor and set it up again to get new ones.'}</p>
      <Button variant="secondary" onClick={onRemove}>Remove</Button>
    </Content>
  );
}

function Off({ onBegin }: { onBegin: () => void }) {
  return (
    <Content>
      <p><Label>Off</Label> With a second factor your password alone does not let anybody in.</p>
      <Button onClick={onBegin}>Set up</Button>
    </Content>
  );
}

function Scan({ factor, onClose, onDone }: { factor: SecondFactor; onClose: () => void; onDone: (codes: string[]) => void }) {
  const [code, setCode] = useState('');
  return (
    <FormDialog title="Add it to your authenticator" submit="Confirm" onClose={onClose} isReady={code.trim() !== ''} keepsOpen
      failed="The code was not right" onSubmit={async () => {
        // Typed for nothing otherwise: the next one is another.
        const { codes } = await confirmSecondFactor(code.trim());
        onDone(codes);
      }}>
      <p>Scan this with an authenticator app, or type in the secret; then write the six digits that it shows.</p>
      <QrCode text={factor.url} label="QR code of the second factor" />
      <CopyField value={factor.secret} label="Secret of the second factor" />
      <Field id="code" label="Code" value={code} onChange={setCode} isRequired autoComplete="one-time-code" inputMode="numeric"
        autoFocus />
    </FormDialog>
  );
}

function Codes({ codes, onClose }: { codes: string[]; onClose: () => void }) {
  return (
    <ShownOnce title="Your recovery codes" onClose={onClose}>
      <Content>
        <p>Each replaces the authenticator once. They are shown this one time: keep them where your password is not.</p>
        <List isPlain className="codes">{codes.map((code) => <ListItem key={code}><code>{code}</code></ListItem>)}</List>
      </Content>
      <CopyField value={codes.join(' ')} label="All recovery codes" />
    </ShownOnce>
  );
}

// A new password, typed twice, with the server's rules told before they are broken.
import { Field } from './field';

export type NewPassword = { password: string; again: string };
export const NO_PASSWORD: NewPassword = { password: '', again: '' };
const CHARACTERS_MIN = 12;

type Props = { value: NewPassword; onChange: (value: NewPassword) => void; label?: string };

export function NewPasswordFields({ value, onChange, label = 'Password' }: Props) {
  const { password, again } = value;
  const isShort = password !== '' && [...password].length < CHARACTERS_MIN;
  const differs = again !== '' && again !== password;
  return (
    <>
      <Field id="new-password" label={label} type="password" value={password} isRequired autoComplete="new-password"
        onChange={(next) => onChange({ ...value, password: next })}
        help={isShort ? `${CHARACTERS_MIN - [...password].length} more characters`
          : `At least ${CHARACTERS_MIN} characters, without the name of your address; a few words do`} />
      <Field id="new-password-again" label="The same again" type="password" value={again} isRequired
        autoComplete="new-password" onChange={(next) => onChange({ ...value, again: next })}
        wrong={differs ? 'The two are not the same' : null} />
    </>
  );
}

/** Whether it can be sent; the server decides what is good enough. */
export function isTyped({ password, again }: NewPassword): boolean {
  return [...password].length >= CHARACTERS_MIN && password === again;
}

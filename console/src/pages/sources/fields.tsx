// The fields of a source, in the three groups in which the steps ask for them; the settings show all of them.
import { Alert, Button, FormGroup, Radio } from '@patternfly/react-core';
import { Link } from '@tanstack/react-router';
import { ALGORITHMS, METHODS, STREAMS } from '../../app/searches-intake';
import { Field } from '../../parts/field';
import { LogTypePicker } from '../../parts/log-type-picker';
import { Select } from '../../parts/select';
import { freshSecret, METHOD_WORDS, STREAM_WORDS, usualHeader, type Draft } from './draft';

type Props = { draft: Draft; onChange: (part: Partial<Draft>) => void; isReadOnly?: boolean };

export function NameFields({ draft, onChange, isReadOnly = false }: Props) {
  return (
    <>
      <Field id="source-label" label="Name" value={draft.label} onChange={(label) => onChange({ label })} isRequired
        maxLength={255} isReadOnly={isReadOnly} help="Rules see it as p_source_label" />
      <LogTypePicker id="source-types" chosen={draft.types} isReadOnly={isReadOnly} onChange={(types) => onChange({ types })} />
      {!isReadOnly && <p className="small">None fits? <Link to="/schemas/$name" params={{ name: 'new' }}>Write a schema</Link>, then come back.</p>}
    </>
  );
}

const ABOUT_STREAMS = {
  Auto: 'Lines of JSON, JSON values and arrays are told apart by how the body begins.',
  Lines: 'A broken line is kept as a failure, the others go on.',
  JSON: 'Each value may be spread over many lines.',
  JsonArray: 'The body is an array, or has one inside.',
} as const;

export function RecordFields({ draft, onChange, isReadOnly = false }: Props) {
  return (
    <>
      <FormGroup label="How a request is cut into records" role="radiogroup" fieldId="source-stream">
        {STREAMS.map((stream) => (
          <Radio key={stream} id={`source-stream-${stream}`} name="source-stream" label={STREAM_WORDS[stream]} description={ABOUT_STREAMS[stream]}
            isChecked={draft.stream === stream} isDisabled={isReadOnly && draft.stream !== stream} onChange={() => { if (!isReadOnly) onChange({ stream }); }} />
        ))}
      </FormGroup>
      {draft.stream === 'JsonArray' && (
        <Field id="source-path" label="Path of the array" value={draft.path} onChange={(path) => onChange({ path })} isReadOnly={isReadOnly}
          help="Steps joined by dots, such as data.items; empty when the body itself is the array" />
      )}
    </>
  );
}

const ABOUT_METHODS = {
  Bearer: 'The header Authorization holds the token. Most programs can do it.',
  Basic: 'The header Authorization holds user name and password.',
  SharedSecret: 'A header of your choice holds the secret, as many vendors send it.',
  HMAC: 'A header holds the HMAC of the body under a secret that is never sent.',
  None: 'Anybody who reaches the server can send.',
} as const;

/** `keeps`: there is a secret already, which an empty field leaves as it is. */
export function SenderFields({ draft, onChange, isReadOnly = false, keeps = false }: Props & { keeps?: boolean }) {
  const { method } = draft;
  const choose = (next: Draft['method']) => onChange({
    method: next, header: usualHeader(next), ...(next === 'None' || draft.secret !== '' ? {} : { secret: freshSecret() }),
  });
  return (
    <>
      <FormGroup label="How a sender proves who it is" role="radiogroup" fieldId="source-auth">
        {METHODS.map((one) => (
          <Radio key={one} id={`source-auth-${one}`} name="source-auth" label={METHOD_WORDS[one]} description={ABOUT_METHODS[one]}
            isChecked={method === one} isDisabled={isReadOnly && method !== one} onChange={() => { if (!isReadOnly) choose(one); }} />
        ))}
      </FormGroup>
      {method === 'None' && (
        <Alert variant="warning" isInline title="Anybody can send">Whoever reaches this server can make events, and alerts with them.</Alert>
      )}
      {(method === 'SharedSecret' || method === 'HMAC') && (
        <Field id="source-header" label="Header" value={draft.header} onChange={(header) => onChange({ header })} isRequired isReadOnly={isReadOnly} />
      )}
      {method === 'HMAC' && (
        <Select id="source-algorithm" label="Digest" value={draft.algorithm} isDisabled={isReadOnly}
          options={ALGORITHMS.map((one) => [one, one === 'sha256' ? 'SHA-256' : 'SHA-1'] as const)} onChange={(algorithm) => onChange({ algorithm })} />
      )}
      {method === 'Basic' && (
        <Field id="source-user" label="User name" value={draft.user} onChange={(user) => onChange({ user })} isRequired isReadOnly={isReadOnly} autoComplete="off" />
      )}
      {method !== 'None' && !isReadOnly && (
        <>
          <Field id="source-secret" label={SECRET_WORDS[method]} value={draft.secret} onChange={(secret) => onChange({ secret })}
            isRequired={!keeps} maxLength={4096} autoComplete="off"
            help={keeps ? 'Empty: it stays as it is' : 'Made in this browser; the server keeps it sealed and does not show it again'} />
          <div><Button variant="secondary" onClick={() => onChange({ secret: freshSecret() })}>Generate another</Button></div>
        </>
      )}
    </>
  );
}

export const SECRET_WORDS = { Bearer: 'Token', Basic: 'Password', SharedSecret: 'Secret', HMAC: 'Secret', None: '' } as const;

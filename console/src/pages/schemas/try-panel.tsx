// A sample, and what the server would make of it by the schema beside it. Nothing of it is kept.
import { Button, FormGroup, FormHelperText, HelperText, HelperTextItem, TextArea, Title } from '@patternfly/react-core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { trySchema, type SchemaTrial, type TrialForm } from '../../api/intake';
import type { Finding } from '../../parts/code';
import { Failure } from '../../parts/failure';
import { Select } from '../../parts/select';
import { Results } from './results';

type Stream = NonNullable<TrialForm['streamType']>;
const STREAMS: readonly (readonly [Stream, string])[] = [
  ['auto', 'Decided by the sample'], ['lines', 'One record a line'], ['json', 'JSON values, one after the other'],
  ['json_array', 'The elements of a JSON array'],
];

/** `text`: the schema as it is written now; null tries the one of this name that the server has. */
type Props = {
  sample: string; onSample: (sample: string) => void; text: string | null; name: string | null;
  onFindings: (findings: Finding[]) => void;
};

export function TryPanel({ sample, onSample, text, name, onFindings }: Props) {
  const [stream, setStream] = useState<Stream>('auto');
  const trial = useMutation({
    mutationFn: () => trySchema({ sample, streamType: stream, ...(text === null ? { logType: name } : { schema: text }) }),
    onSuccess: (found) => onFindings(placesOf(found)),
  });
  return (
    <section aria-label="Try it">
      <Title headingLevel="h2" size="lg">Try it</Title>
      <FormGroup label="Sample" fieldId="sample">
        <TextArea id="sample" className="mono" value={sample} onChange={(_event, next) => onSample(next)} rows={8}
          resizeOrientation="vertical" spellCheck={false} aria-describedby="sample-says" />
        <FormHelperText>
          <HelperText id="sample-says"><HelperTextItem>Paste what a sender sends. It is tried and not kept.</HelperTextItem></HelperText>
        </FormHelperText>
      </FormGroup>
      <div className="filters below">
        <Select id="sample-stream" label="Records" value={stream} options={STREAMS} onChange={setStream} />
        <Button variant="secondary" isDisabled={sample.trim() === '' || trial.isPending} isLoading={trial.isPending} onClick={() => trial.mutate()}>Try</Button>
      </div>
      <div aria-live="polite">
        {trial.isError && <Failure title="The sample was not tried" thrown={trial.error} />}
        {trial.data && <Results trial={trial.data} />}
      </div>
    </section>
  );
}

/** What is said of a place in the text, for the editor. */
function placesOf({ findings }: SchemaTrial): Finding[] {
  return findings.flatMap(({ line, column, level, message }) => (line && column
    ? [{ line, column, endLine: line, endColumn: column + 1, level: level === 'error' ? 'error' as const : 'warning' as const, message }]
    : []));
}

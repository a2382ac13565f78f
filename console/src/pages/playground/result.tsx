// What came of running a document: status and time, what failed and where, and the data.
import { Alert, Label } from '@patternfly/react-core';
import type { GraphqlError } from '../../api/graphql';
import { Failure, sentence } from '../../parts/failure';
import { AnswerBody, AnswerHead } from '../../parts/raw-answer';
import type { Running } from './use-run';

/** Answers nest deep: page, edges, node, and what was asked for. */
const LEVELS_OPEN = 8;

export function Result({ running }: { running: Running }) {
  const { outcome, thrown, isRunning } = running;
  if (isRunning) return <p role="status">Running…</p>;
  if (thrown) return <Failure title="The document was not answered" thrown={thrown} />;
  if (!outcome) return <p className="subtle">The answer is shown here. It is not kept.</p>;
  return (
    <>
      <AnswerHead answer={outcome.answer}>
        {outcome.errors.length > 0 && <Label isCompact color="red">{outcome.errors.length === 1 ? '1 error' : `${outcome.errors.length} errors`}</Label>}
      </AnswerHead>
      {outcome.errors.map((error, index) => <Told key={index} error={error} />)}
      <AnswerBody answer={outcome.answer} opensTo={LEVELS_OPEN} />
    </>
  );
}

function Told({ error: { message, path, locations, extensions } }: { error: GraphqlError }) {
  const where = [
    path && path.length > 0 ? `at ${path.join('.')}` : '',
    locations?.[0] ? `line ${locations[0].line}, column ${locations[0].column}` : '',
    extensions?.code ?? '',
  ].filter((one) => one !== '').join(', ');
  return <Alert variant="danger" isInline isPlain title={sentence(String(message))}>{where && <span className="small">{where}</span>}</Alert>;
}

// Says what failed, with the server's own words, and offers the way on.
import { Alert, AlertActionLink } from '@patternfly/react-core';
import { problemOf } from '../api/problem';

type Props = { title: string; thrown: unknown; onRetry?: (() => void) | undefined };

export function Failure({ title, thrown, onRetry }: Props) {
  const problem = problemOf(thrown);
  const again = onRetry && <AlertActionLink onClick={onRetry}>Try again</AlertActionLink>;
  return (
    <Alert variant="danger" isInline title={title} actionLinks={again} role="alert">
      {sentence(problem.message)}{problem.retryAfter ? ` (possible again at ${at(problem.retryAfter)})` : ''}
    </Alert>
  );
}

/** The server writes lower case without a full stop; on a page it is a sentence. */
export function sentence(message: string): string {
  const text = message.charAt(0).toUpperCase() + message.slice(1);
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

function at(seconds: number): string {
  return new Date(Date.now() + seconds * 1000).toLocaleTimeString('sv-SE');
}

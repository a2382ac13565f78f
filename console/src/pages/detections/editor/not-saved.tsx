// Why something is not saved, and that the browser keeps no copy of it, where that is so.
import { Alert } from '@patternfly/react-core';
import { Failure, sentence } from '../../../parts/failure';
import type { Saving } from './use-saving';
import type { Work } from './work';

export function NotSaved({ work, saving: { problem, issues } }: { work: Work; saving: Saving }) {
  return (
    <>
      {problem && <Failure title="It was not saved; what you typed is still here" thrown={problem} />}
      {problem && issues.length > 0 && (
        <ul className="findings">
          {issues.map(({ path, message }) => <li key={`${path} ${message}`} className="breakable">{path && <code>{path}</code>} {sentence(message)}</li>)}
        </ul>
      )}
      {!work.isKept && (
        <Alert variant="warning" isInline title="This browser has no room to keep what is not saved. Save before you leave the page." />
      )}
    </>
  );
}

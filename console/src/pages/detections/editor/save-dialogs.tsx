// What stands between a text and its being saved: tests that fail, somebody else's change, something left from before.
import { Button, Modal, ModalBody, ModalFooter, ModalHeader } from '@patternfly/react-core';
import { sentence } from '../../../parts/failure';
import { CodeDiff } from '../../../parts/code';
import { Moment } from '../../../parts/moment';
import { usePeople } from '../../alerts/people';
import type { Saving } from './use-saving';
import { textsOf } from './use-saving';
import type { Work } from './work';

type Props = { work: Work; saving: Saving };

export function TestsFailed({ saving }: Props) {
  const failing = saving.failing ?? [];
  return (
    <Modal isOpen variant="medium" onClose={saving.goOn} aria-labelledby="tests-failed-title">
      <ModalHeader title={failing.length === 1 ? 'A test failed' : `${failing.length} tests failed`} labelId="tests-failed-title"
        description="Nothing was saved." />
      <ModalBody tabIndex={0}>
        <ul className="findings">
          {failing.map(({ name, reason }) => (
            <li key={name} className="breakable"><strong>{name}</strong>{reason ? `: ${sentence(reason)}` : ''}</li>
          ))}
        </ul>
      </ModalBody>
      <ModalFooter>
        <Button onClick={saving.goOn}>Keep editing</Button>
        <Button variant="secondary" isDanger onClick={() => void saving.save({ withoutTests: true })}>Save anyway</Button>
      </ModalFooter>
    </Modal>
  );
}

export function Conflict({ work, saving }: Props) {
  const people = usePeople();
  const theirs = saving.conflict?.theirs ?? null;
  const texts = theirs && textsOf(theirs.item);
  const labels = { beforeLabel: 'Theirs, saved', afterLabel: 'Yours, not saved' };
  return (
    <Modal isOpen variant="large" onClose={saving.goOn} aria-labelledby="conflict-title">
      <ModalHeader labelId="conflict-title" title={theirs ? 'Somebody else changed it meanwhile' : 'It was deleted meanwhile'}
        description={theirs
          ? <>{whoOf(people.nameOf(theirs.item.lastModifiedBy))} saved version {theirs.item.version}, <Moment at={theirs.item.lastModified} never="at a time not known" />. Yours is not saved, and still there.</>
          : 'Yours is not saved, and still there.'} />
      <ModalBody tabIndex={0}>
        {texts && texts.yaml !== work.texts.yaml && <CodeDiff language="yaml" before={texts.yaml} after={work.texts.yaml} {...labels} />}
        {texts && texts.python !== work.texts.python && (
          <CodeDiff language="python" before={texts.python ?? ''} after={work.texts.python ?? ''} {...labels} />
        )}
        {texts && texts.yaml === work.texts.yaml && texts.python === work.texts.python && <p>Both say the same.</p>}
      </ModalBody>
      <ModalFooter>
        <Button onClick={saving.goOn}>Keep editing</Button>
        {theirs && <Button variant="secondary" onClick={saving.takeTheirs}>Take theirs</Button>}
        <Button variant="secondary" isDanger onClick={() => void saving.save({ over: theirs })}>
          {theirs ? 'Save mine over it' : 'Save mine as a new one'}
        </Button>
      </ModalFooter>
    </Modal>
  );
}

const whoOf = (name: string) => name || 'Somebody';

export function LeftBefore({ work }: { work: Work }) {
  if (!work.left) return null;
  return (
    <Modal isOpen variant="small" aria-labelledby="left-title">
      <ModalHeader title="Something was left unsaved here" labelId="left-title"
        description={<>This browser kept what was typed, last <Moment at={work.left.at} />.</>} />
      <ModalFooter>
        <Button onClick={work.takeLeft}>Go on with it</Button>
        <Button variant="secondary" isDanger onClick={work.dropLeft}>Throw it away</Button>
      </ModalFooter>
    </Modal>
  );
}

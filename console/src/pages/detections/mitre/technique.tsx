// The detections of one technique, in a dialog.
import { Button, Label, Modal, ModalBody, ModalFooter, ModalHeader } from '@patternfly/react-core';
import { Link } from '@tanstack/react-router';
import { useId } from 'react';
import type { CoverageTactic, CoverageTechnique } from '../../../api/types';
import { nameOf } from './shown';

type Props = { tactic: CoverageTactic; technique: CoverageTechnique; onClose: () => void };

export function TechniqueDialog({ tactic, technique, onClose }: Props) {
  const id = useId();
  const { enabled, disabled, notRunYet } = technique;
  const rows = [...enabled.map((one) => [one, null] as const), ...disabled.map((one) => [one, 'disabled'] as const),
    ...notRunYet.map((one) => [one, 'of a kind that is not run yet'] as const)];
  return (
    <Modal isOpen variant="medium" onClose={onClose} aria-labelledby={`${id}-title`}>
      <ModalHeader title={`${technique.name} (${technique.id})`} labelId={`${id}-title`} description={`${tactic.name}, ${tactic.id}`} />
      <ModalBody tabIndex={0}>
        {rows.length === 0 && (
          <p>No detection names it. One does when its `Reports` have <code>{nameOf(tactic, technique)}</code> under MITRE ATT&amp;CK.</p>
        )}
        <ul className="plain-list">
          {rows.map(([one, why]) => (
            <li key={one} className="breakable">
              <Link to="/detections/$id" params={{ id: one }}>{one}</Link> {why && <Label isCompact variant="outline">{why}</Label>}
            </li>
          ))}
        </ul>
      </ModalBody>
      <ModalFooter>
        {rows.length > 0 && (
          <Button variant="secondary" component={(props) => <Link {...props} to="/detections" search={{ mitre: nameOf(tactic, technique) }} />}>
            Show them in the list
          </Button>
        )}
        <Button variant="link" onClick={onClose}>Close</Button>
      </ModalFooter>
    </Modal>
  );
}

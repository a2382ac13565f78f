// The list of keys: those of the page that is open, those that lead elsewhere, those that work everywhere.
import { DescriptionList, DescriptionListDescription, DescriptionListGroup, DescriptionListTerm, Modal, ModalBody, ModalHeader, Title } from '@patternfly/react-core';
import { useState } from 'react';
import { keysNow, KeyName } from '../parts/keys';

export function KeyList({ onClose }: { onClose: () => void }) {
  const [groups] = useState(keysNow);
  return (
    <Modal isOpen variant="medium" onClose={onClose} aria-labelledby="key-list-title">
      <ModalHeader title="Keys" labelId="key-list-title" description="They do nothing while you type in a field or an editor." />
      <ModalBody tabIndex={0} className="key-list">
        {groups.map(({ title, keys }) => (
          <section key={title}>
            <Title headingLevel="h2" size="md">{title}</Title>
            <DescriptionList isHorizontal isCompact termWidth="11ch" className="keys">
              {keys.map(({ name, does }) => (
                <DescriptionListGroup key={name}>
                  <DescriptionListTerm><KeyName name={name} /></DescriptionListTerm>
                  <DescriptionListDescription>{does}</DescriptionListDescription>
                </DescriptionListGroup>
              ))}
            </DescriptionList>
          </section>
        ))}
      </ModalBody>
    </Modal>
  );
}

// What an alert says of itself. All of it may have been written by an attacker, and is shown as text.
import {
  DescriptionList, DescriptionListDescription, DescriptionListGroup, DescriptionListTerm, Label, LabelGroup, Title,
} from '@patternfly/react-core';
import type { ReactNode } from 'react';
import type { Alert } from '../../api/types';
import { CopyField } from '../../parts/copy-field';
import { JsonTree } from '../../parts/json-tree';
import { Moment } from '../../parts/moment';
import { OutsideLink } from '../../parts/outside-link';

export function Details({ alert }: { alert: Alert }) {
  const { systemError } = alert;
  return (
    <>
      <DescriptionList isCompact columnModifier={{ default: '1Col', lg: '2Col' }}>
        <Line term="Created"><Moment at={alert.createdAt} /></Line>
        <Line term="Events">{alert.eventCount}, from <Moment at={alert.firstEventOccurredAt} /> to <Moment at={alert.lastReceivedEventAt} /></Line>
        <Line term="Log types">{alert.logTypes.join(', ') || 'none'}</Line>
        <Line term="Grouped by"><span className="breakable">{alert.dedup}</span></Line>
        {systemError && <Line term="About">{systemError.sourceType} <span className="breakable">{systemError.sourceId}</span></Line>}
        {alert.reference && <Line term="Reference"><OutsideLink address={alert.reference} /></Line>}
        {alert.tags.length > 0 && (
          <Line term="Tags"><LabelGroup>{alert.tags.map((tag) => <Label key={tag} isCompact>{tag}</Label>)}</LabelGroup></Line>
        )}
        <Line term="Id"><CopyField value={alert.id} label="Id of the alert" /></Line>
      </DescriptionList>
      <Text title="Description" text={alert.description} />
      <Text title="Runbook" text={alert.runbook} />
      <Title headingLevel="h2" size="lg" className="section-title">Context</Title>
      <div className="json"><JsonTree value={alert.context} /></div>
    </>
  );
}

function Line({ term, children }: { term: string; children: ReactNode }) {
  return (
    <DescriptionListGroup>
      <DescriptionListTerm>{term}</DescriptionListTerm>
      <DescriptionListDescription>{children}</DescriptionListDescription>
    </DescriptionListGroup>
  );
}

function Text({ title, text }: { title: string; text: string | null | undefined }) {
  if (!text) return null;
  return (
    <>
      <Title headingLevel="h2" size="lg" className="section-title">{title}</Title>
      <p className="pre">{text}</p>
    </>
  );
}

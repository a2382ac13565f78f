// What an alert says of itself. All of it may have been written by an attacker, and is shown as text.
import {
  DescriptionList, DescriptionListDescription, DescriptionListGroup, DescriptionListTerm, Label, LabelGroup, Title,
} from '@patternfly/react-core';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { Alert } from '../../api/types';
import { useMay } from '../../app/session';
import { CopyField } from '../../parts/copy-field';
import { JsonExplorer } from '../../parts/json-explorer';
import { Markdown } from '../../parts/markdown';
import { Moment } from '../../parts/moment';
import { OutsideLink } from '../../parts/outside-link';
import { ThingLink, type Thing } from '../../parts/thing-link';
import { OfTheRule } from './of-the-rule';

/** What faults are about, in words, and what has a page. */
const ABOUT: Record<string, { word: string; thing?: Thing }> = {
  destination: { word: 'The destination', thing: 'destination' }, detection: { word: 'The detection', thing: 'detection' },
  'log-source': { word: 'The log source', thing: 'log-source' }, journal: { word: 'The queue of accepted logs' },
};

export function Details({ alert }: { alert: Alert }) {
  return (
    <>
      <DescriptionList isCompact columnModifier={{ default: '1Col', lg: '2Col' }}>
        <Line term="Created"><Moment at={alert.createdAt} /></Line>
        <Line term="Events">{alert.eventCount}, from <Moment at={alert.firstEventOccurredAt} /> to <Moment at={alert.lastReceivedEventAt} /></Line>
        <Line term="Log types">{alert.logTypes.join(', ') || 'none'}</Line>
        <Line term="Grouped by"><span className="breakable">{alert.dedup}</span></Line>
        <Fault alert={alert} />
        <OfTheRule alert={alert} />
        {alert.reference && <Line term="Reference"><OutsideLink address={alert.reference} /></Line>}
        {alert.tags.length > 0 && (
          <Line term="Tags"><LabelGroup>{alert.tags.map((tag) => <Label key={tag} isCompact>{tag}</Label>)}</LabelGroup></Line>
        )}
        <Line term="Id"><CopyField value={alert.id} label="Id of the alert" /></Line>
      </DescriptionList>
      <Text title="Description" text={alert.description} />
      <Text title="Runbook" text={alert.runbook} />
      <Title headingLevel="h2" size="lg" className="section-title">Context</Title>
      <JsonExplorer value={alert.context} label="the context" />
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

/** What a system error, or the error of a detection, is about. */
function Fault({ alert: { type, systemError, detection, context } }: { alert: Alert }) {
  if (!systemError) {
    if (!detection || !type.endsWith('_ERROR')) return null;
    return <Line term="The detection that failed"><ThingLink thing="detection" id={detection.id} /></Line>;
  }
  const about = ABOUT[systemError.sourceType ?? ''];
  const said = (key: string) => {
    const value = (context as Record<string, unknown>)[key];
    return typeof value === 'string' ? value : null;
  };
  const [wrong, remedy] = [said('lastError'), said('remedy')];
  return (
    <>
      <Line term="About">
        {about?.word ?? systemError.sourceType}{' '}
        {about?.thing ? <ThingLink thing={about.thing} id={systemError.sourceId} /> : <span className="breakable">{systemError.sourceId}</span>}
      </Line>
      {wrong && <Line term="What failed last"><span className="pre">{wrong}</span></Line>}
      {remedy && <Line term="What to do"><Remedy text={remedy} source={systemError.sourceType === 'log-source' ? systemError.sourceId : null} /></Line>}
    </>
  );
}

/** What the server says for people at a terminal; here the records are a link away. */
const FAILURES = /`GET \/log-sources\/[^`]+\/failures`/;

function Remedy({ text, source }: { text: string; source: string | null | undefined }) {
  const may = useMay();
  const [before = '', after] = text.split(FAILURES);
  if (!source || after === undefined) return <span className="pre">{text}</span>;
  const words = before === '' ? 'The list of its failures' : 'the list of its failures';
  return (
    <span className="pre">
      {before}{may('LogSourceRead') ? <Link to="/log-sources/$id" params={{ id: source }} search={{ tab: 'failures' }}>{words}</Link> : words}{after}
    </span>
  );
}

/** Some runbooks are an address and nothing else. */
function Text({ title, text }: { title: string; text: string | null | undefined }) {
  if (!text) return null;
  const isAddress = /^https?:\/\/\S+$/.test(text.trim());
  return (
    <>
      <Title headingLevel="h2" size="lg" className="section-title">{title}</Title>
      {isAddress ? <p><OutsideLink address={text.trim()} /></p> : <Markdown text={text} />}
    </>
  );
}

// The keys of the YAML as a form. Each change is a change of the text: comments and order stay.
import { Form, Title } from '@patternfly/react-core';
import { useQuery } from '@tanstack/react-query';
import { destinationsQuery } from '../../../api/alerts';
import { logTypesQuery } from '../../../api/editor';
import { useMay } from '../../../app/session';
import { GroupBy } from './group-by';
import { Reports } from './reports';
import { Bool, List, SeverityKey, Text, Words, type KeyProps } from './settings-fields';
import type { Work } from './work';

export function SettingsTab({ work, isReadOnly }: { work: Work; isReadOnly: boolean }) {
  const may = useMay();
  const logTypes = useQuery({ ...logTypesQuery, enabled: !isReadOnly });
  const destinations = useQuery({ ...destinationsQuery, enabled: may('DestinationRead') });
  const { values, problem } = work.reading;
  if (problem) return <p>The YAML cannot be read, see line {problem.line} under Code. Mend it, then its settings are shown.</p>;
  const { kind } = work;
  const key: KeyProps = { work, values, isReadOnly };
  const hasWindow = kind === 'rule' || kind === 'scheduled_rule' || kind === 'simple_rule';
  const types = (logTypes.data?.results ?? []).map(({ name }) => [name, name] as const);
  const sinks = (destinations.data?.results ?? []).map(({ id, displayName }) => [id, displayName] as const);
  return (
    <Form onSubmit={(event) => event.preventDefault()} className="settings-form">
      <Title headingLevel="h2" size="md">What it is</Title>
      <Text {...key} name="DisplayName" label="Name" help="What people read; the id when it is empty" />
      <Bool {...key} name="Enabled" label="Enabled" otherwise={false} />
      <Words {...key} name="Description" label="Description" />
      <List {...key} name="Tags" label="Tags" />
      <Text {...key} name="Reference" label="Reference" help="An address with more about it" />
      <Title headingLevel="h2" size="md">What it looks at</Title>
      {(kind === 'rule' || kind === 'simple_rule') && <List {...key} name="LogTypes" label="Log types" options={types} />}
      {kind === 'scheduled_rule' && <List {...key} name="ScheduledQueries" label="Scheduled queries" />}
      {kind === 'policy' && <List {...key} name="ResourceTypes" label="Resource types" help="All of them when there is none" />}
      {kind === 'policy' && <List {...key} name="Suppressions" label="Resources left out" help="Patterns of ids, such as arn:aws:s3:::public-*" />}
      {kind === 'correlation_rule' && <p className="subtle">The steps stand under Code, as Detection.</p>}
      <Title headingLevel="h2" size="md">Its alerts</Title>
      <SeverityKey {...key} />
      {kind !== 'policy' && <Bool {...key} name="CreateAlert" label="Makes alerts" otherwise help="When it is off, matches are kept as signals" />}
      {hasWindow && <Text {...key} name="DedupPeriodMinutes" label="Deduplication period (minutes)" isNumber help="60 when it is empty, 5 at least" />}
      {hasWindow && <Text {...key} name="Threshold" label="Threshold" isNumber help="Matches within the period that make an alert; 1 when it is empty" />}
      {kind === 'simple_rule' && <Text {...key} name="AlertTitle" label="Title of alerts" help="With fields in braces, such as {actor.alternateId}" />}
      {kind === 'simple_rule' && <GroupBy {...key} />}
      {kind !== 'policy' && <List {...key} name="SummaryAttributes" label="Summary attributes" help="Fields whose values an alert sums up" />}
      <List {...key} name="OutputIds" label="Destinations" options={sinks} help="All that take its severity when there is none" />
      <Words {...key} name="Runbook" label="Runbook" help="What to do about an alert, in Markdown" />
      <Title headingLevel="h2" size="md">What it covers</Title>
      <Reports {...key} />
    </Form>
  );
}

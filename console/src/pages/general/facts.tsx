// What is to know of the server: versions, places, sizes, counts and limits.
import {
  Alert, DescriptionList, DescriptionListDescription, DescriptionListGroup, DescriptionListTerm, Title,
} from '@patternfly/react-core';
import type { ReactNode } from 'react';
import type { Fact, ServerFacts } from '../../api/settings';
import { sentence } from '../../parts/failure';
import { Moment } from '../../parts/moment';
import { bytes } from '../../parts/bytes';

const SANDBOX = { required: 'required', best_effort: 'as far as the system can', off: 'off' } as Record<string, string>;

export function Facts({ server }: { server: ServerFacts }) {
  const { python } = server;
  return (
    <div className="side-by-side">
      <List title="Server" facts={[
        ['Version', server.version],
        ['Runs since', <Moment key="since" at={server.startedAt} />],
        ['Address in links', `${server.externalUrl}${server.externalUrlIsSet ? '' : ' (not set in the configuration)'}`],
        ['Configuration file', server.configurationFile ?? 'none'],
        ['Data directory', server.dataDirectory],
      ]} />
      <List title="What the data directory holds" facts={server.data.map(({ name, bytes: size, isComplete }) =>
        [name, `${isComplete ? '' : 'more than '}${bytes(size)}`])} />
      <div>
        <List title="Python" facts={[
          ['Interpreter', python.interpreter], ['Version', python.version],
          ['Sandbox', SANDBOX[python.sandbox] ?? python.sandbox],
        ]} />
        {python.shortcomings.map((text) => (
          <Alert key={text} isInline isPlain variant="warning" className="below" title={sentence(text)} />
        ))}
      </div>
      <List title="There are" facts={pairs(server.counts)} />
      <List title="At most" facts={pairs(server.limits)} />
    </div>
  );
}

function pairs(facts: Fact[]): [string, ReactNode][] {
  return facts.map(({ name, text }) => [name.charAt(0).toUpperCase() + name.slice(1), text]);
}

function List({ title, facts }: { title: string; facts: [string, ReactNode][] }) {
  return (
    <section aria-label={title}>
      <Title headingLevel="h2" size="lg" className="section-title">{title}</Title>
      <DescriptionList isHorizontal isCompact>
        {facts.map(([name, text]) => (
          <DescriptionListGroup key={name}>
            <DescriptionListTerm className="breakable">{name}</DescriptionListTerm>
            <DescriptionListDescription className="breakable">{text}</DescriptionListDescription>
          </DescriptionListGroup>
        ))}
      </DescriptionList>
    </section>
  );
}

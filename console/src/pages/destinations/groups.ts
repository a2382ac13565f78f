// How the catalogue is ordered: by what a destination is for.
import type { DestinationType } from '../../api/destinations';

const GROUPS: readonly (readonly [string, readonly string[]])[] = [
  ['Chat', ['slack', 'slack_bot', 'msteams', 'discord']],
  ['Ticketing', ['jira_cloud', 'jira_datacenter', 'github', 'asana', 'servicenow']],
  ['On call', ['pagerduty', 'opsgenie', 'incidentio']],
  ['Cloud and data', ['sns', 'sqs', 'pubsub', 'splunk']],
  ['Automation', ['webhook', 'tines', 'torq', 'blinkops', 'mindflow', 'rapid7']],
];

export type Group = { title: string; types: DestinationType[] };

/** The types that mention what is looked for, in groups; one that no group knows stands at the end. */
export function grouped(types: readonly DestinationType[], contains: string): Group[] {
  const wanted = contains.trim().toLowerCase();
  const fits = ({ type, label, description }: DestinationType) =>
    `${type} ${label} ${description}`.toLowerCase().includes(wanted);
  const known = GROUPS.flatMap(([, words]) => words);
  const others = types.map(({ type }) => type).filter((type) => !known.includes(type));
  return [...GROUPS, ['Others', others] as const].map(([title, words]) => {
    const isTitle = wanted !== '' && title.toLowerCase().includes(wanted);
    const listed = words.flatMap((word) => types.filter(({ type }) => type === word));
    return { title, types: isTitle ? listed : listed.filter(fits) };
  }).filter((group) => group.types.length > 0);
}

// The settings that can be made here: what they are called, what they mean, and how a value is chosen.

export type Kind = { of: 'text' } | { of: 'number' } | { of: 'flag' } | { of: 'choice'; words: readonly (readonly [string, string])[] };
export type Known = { key: string; label: string; help: string; kind: Kind };
export type Section = { title: string; settings: readonly Known[] };

const text: Kind = { of: 'text' };
const number: Kind = { of: 'number' };

export const SECTIONS: readonly Section[] = [
  { title: 'Alerts', settings: [
    { key: 'alerting.limit_per_detection', label: 'Alerts of one detection', kind: text,
      help: 'After so many no more are made until somebody looks; 0 is no limit. Such as 1000/h' },
    { key: 'alerting.title_style', label: 'Titles in messages', help: 'Classic puts the kind of news in front, such as New Alert:',
      kind: { of: 'choice', words: [['plain', 'Plain'], ['classic', 'Classic']] } },
    { key: 'alerting.product_name', label: 'Name of the product in messages', help: 'What destinations show', kind: text },
    { key: 'alerting.compat_texts', label: 'Texts in the format of Panther', help: 'For tools that look for the words of its messages',
      kind: { of: 'flag' } },
  ] },
  { title: 'Delivery, where a destination says nothing itself', settings: [
    { key: 'delivery.retry.profile', label: 'Retries', help: 'Growing delays, or every 15 minutes ten times',
      kind: { of: 'choice', words: [['default', 'Growing delays'], ['panther', 'Every 15 minutes']] } },
    { key: 'delivery.retry.attempts_max', label: 'Most attempts', help: '0 is until the longest age', kind: number },
    { key: 'delivery.retry.first_delay', label: 'First delay', help: 'Such as 1s', kind: text },
    { key: 'delivery.retry.delay_max', label: 'Longest delay', help: 'Such as 15m', kind: text },
    { key: 'delivery.retry.age_max', label: 'Longest age', help: 'Such as 72h; older ones fail', kind: text },
    { key: 'delivery.timeout', label: 'Time of one attempt', help: 'Such as 15s', kind: text },
    { key: 'delivery.concurrency', label: 'Attempts at once', help: '1 to 1000, to one destination', kind: number },
    { key: 'delivery.rate', label: 'Rate', help: 'Such as 60/min, or none', kind: text },
  ] },
  { title: 'Retention', settings: [
    { key: 'retention.alert_events', label: 'Events of alerts', help: 'Such as 30d; the alerts themselves stay', kind: text },
    { key: 'retention.failures', label: 'Records that did not parse', help: 'Such as 30d', kind: text },
  ] },
];

/** The value as it is sent; what is no number is left for the server to refuse by name. */
export function typed(kind: Kind, value: string): unknown {
  if (kind.of === 'flag') return value === 'true';
  if (kind.of === 'number' && /^\d+$/.test(value)) return Number(value);
  return value;
}

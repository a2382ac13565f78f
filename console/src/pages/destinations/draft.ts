// What stands in the form of a destination, and what of it is sent.
import type { AlertType, DeliveryPolicy, DestinationForm, DestinationType } from '../../api/destinations';
import type { Destination, Severity } from '../../api/types';
import { fieldsOf, type ConfigField } from './schema';
import { asSchema, configOf, valuesOf, type Values } from './values';
import { wayOf, waysOf, withoutOthers, type Way } from './ways';

export const DELIVERY_KEYS = [
  'retry.profile', 'retry.attempts_max', 'retry.first_delay', 'retry.delay_max', 'retry.age_max', 'timeout', 'concurrency', 'rate',
] as const;
export type DeliveryKey = (typeof DELIVERY_KEYS)[number];

export type Draft = {
  displayName: string; values: Values; way: number; severities: Severity[]; alertTypes: AlertType[]; logTypes: string[];
  manualDispatch: boolean; enabled: boolean; delivery: Record<DeliveryKey, string>;
};

/** What a form is made of: the type's fields, and the settings that the server has. */
export type Shape = { type: string; fields: ConfigField[]; ways: Way[]; stored: Record<string, unknown> };

export function shapeOf(type: DestinationType, existing: Destination | null): Shape {
  const schema = asSchema(type.configSchema);
  return { type: type.type, fields: fieldsOf(schema), ways: waysOf(schema), stored: (existing?.config ?? {}) as Record<string, unknown> };
}

/** The form as it opens: as a destination is, or as the server would make one. A copy has none of the secrets. */
export function draftOf({ fields, ways, stored }: Shape, from: Destination | null, isCopy: boolean): Draft {
  const config = isCopy ? withoutMasks(from?.config) : stored;
  return {
    displayName: from ? (isCopy ? `${from.displayName} (copy)` : from.displayName) : '',
    values: valuesOf(fields, config as Record<string, unknown>), way: wayOf(ways, config as Record<string, unknown>),
    severities: [...from?.severities ?? []], alertTypes: [...from?.alertTypes ?? []], logTypes: [...from?.logTypes ?? []],
    manualDispatch: from?.manualDispatch ?? true, enabled: from?.enabled ?? true, delivery: deliveryDraft(from?.delivery),
  };
}

/** The same settings with every secret left out. */
function withoutMasks(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const entries = Object.entries(value).filter(([, one]) => one !== '********');
  return Object.fromEntries(entries.map(([key, one]) => [key, withoutMasks(one)]));
}

export function formOfDraft({ type, fields, ways, stored }: Shape, draft: Draft): DestinationForm {
  const config = configOf(fields, draft.values, stored);
  return {
    displayName: draft.displayName.trim(), type,
    config: (ways.length > 1 ? withoutOthers(config, ways, draft.way, stored) : config) as DestinationForm['config'],
    severities: draft.severities, alertTypes: draft.alertTypes, logTypes: draft.logTypes,
    manualDispatch: draft.manualDispatch, enabled: draft.enabled, delivery: policyOf(draft.delivery),
  };
}

function deliveryDraft(policy: DeliveryPolicy | undefined): Draft['delivery'] {
  const all = { ...flat(policy?.retry ?? {}, 'retry.'), ...flat({ ...policy, retry: null }, '') };
  return Object.fromEntries(DELIVERY_KEYS.map((key) => [key, all[key] ?? ''])) as Draft['delivery'];
}

function flat(map: object, prefix: string): Record<string, string> {
  const given = Object.entries(map).filter(([, value]) => value !== null && value !== undefined);
  return Object.fromEntries(given.map(([key, value]) => [`${prefix}${key}`, String(value)]));
}

/** Empty is the default; a number is sent as one, and what is none as it is, so that the server says what is wrong. */
function policyOf(draft: Draft['delivery']): DeliveryPolicy {
  const text = (key: DeliveryKey) => draft[key].trim() || null;
  const number = (key: DeliveryKey) => {
    const given = text(key);
    return given !== null && Number.isFinite(Number(given)) ? Number(given) : given as number | null;
  };
  const retry = {
    profile: text('retry.profile') as 'default' | 'panther' | null, attempts_max: number('retry.attempts_max'),
    first_delay: text('retry.first_delay'), delay_max: text('retry.delay_max'), age_max: text('retry.age_max'),
  };
  const hasRetry = Object.values(retry).some((value) => value !== null);
  return { retry: hasRetry ? retry : null, timeout: text('timeout'), concurrency: number('concurrency'), rate: text('rate') };
}

/** The field that a message of the server names in backticks, such as `config.webhook_url`; null when there is none. */
export function fieldNamed(message: string, shape: Shape): string | null {
  const named = [...message.matchAll(/`([^`]+)`/g)].map((found) => (found[1] ?? '').replace(/\[\d+\].*$/, ''));
  const paths = [...pathsOf(shape.fields), 'displayName', 'severities', 'alertTypes', 'logTypes',
    ...DELIVERY_KEYS.map((key) => `delivery.${key}`)];
  for (const name of named) {
    const found = paths.find((path) => path === name) ?? paths.find((path) => name.startsWith(`${path}.`));
    if (found) return found;
  }
  return null;
}

function pathsOf(fields: readonly ConfigField[]): string[] {
  return fields.flatMap((field) => (field.kind === 'group' ? [...pathsOf(field.fields), field.path] : [field.path]));
}

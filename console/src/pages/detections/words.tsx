// How kinds, origins and states of items are called, and their signs.
import { Label } from '@patternfly/react-core';
import type { ItemKind, ItemOrigin, ItemState } from '../../api/types';

export const KIND_WORDS: Readonly<Record<ItemKind, string>> = {
  rule: 'Python rule', simple_rule: 'Simple rule', scheduled_rule: 'Scheduled rule', correlation_rule: 'Correlation rule',
  policy: 'Policy', data_model: 'Data model', global: 'Global', pack: 'Pack',
};
export const ORIGIN_WORDS: Readonly<Record<ItemOrigin, string>> = { directory: 'Directory', api: 'Console or API', pypanther: 'pypanther' };
export const STATE_WORDS: Readonly<Record<ItemState, string>> = { enabled: 'Enabled', disabled: 'Disabled', broken: 'Broken' };

export function stateOf({ problem, enabled }: { problem?: string | null; enabled: boolean }): ItemState {
  if (problem) return 'broken';
  return enabled ? 'enabled' : 'disabled';
}

export function StateLabel({ state }: { state: ItemState }) {
  const status = state === 'enabled' ? 'success' : state === 'broken' ? 'danger' : undefined;
  return <Label isCompact variant="outline" {...(status ? { status } : { color: 'grey' as const })}>{STATE_WORDS[state]}</Label>;
}

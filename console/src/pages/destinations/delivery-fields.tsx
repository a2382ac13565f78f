// How messages are sent: when it is tried again, how many at once. Folded, because the defaults do.
import { ExpandableSection, FormFieldGroup, FormFieldGroupHeader } from '@patternfly/react-core';
import { useState } from 'react';
import { Field } from '../../parts/field';
import { Select } from '../../parts/select';
import type { Wrong } from './config-fields';
import { DELIVERY_KEYS, type DeliveryKey, type Draft } from './draft';

type Props = { delivery: Draft['delivery']; onChange: (delivery: Draft['delivery']) => void; wrong: Wrong };

const PROFILES = [
  ['', 'The default'], ['default', 'default: from seconds to 15 minutes apart'], ['panther', 'panther: every 15 minutes, 10 times'],
] as const;
type Told = [label: string, help: string];
const TOLD: Partial<Record<DeliveryKey, Told>> = {
  'retry.attempts_max': ['Attempts at most', '0 tries until the delivery is too old'],
  'retry.first_delay': ['First wait', 'Such as 1s; it doubles each time'],
  'retry.delay_max': ['Longest wait', 'Such as 15m'],
  'retry.age_max': ['Failed after', 'Such as 72h'],
};
const OWN: Partial<Record<DeliveryKey, Told>> = {
  timeout: ['Time for one attempt', 'Such as 15s'],
  concurrency: ['Attempts at the same time', 'Such as 4'],
  rate: ['Attempts per time', 'Such as 60/min'],
};

export function DeliveryFields({ delivery, onChange, wrong }: Props) {
  const [isOpen, setOpen] = useState(DELIVERY_KEYS.some((key) => delivery[key] !== ''));
  const isWrong = wrong?.path.startsWith('delivery.') ?? false;
  const field = (key: DeliveryKey, [label, help]: Told) => (
    <Field key={key} id={`delivery.${key}`} label={label} value={delivery[key]} onChange={(text) => onChange({ ...delivery, [key]: text })}
      help={help} autoComplete="off" wrong={wrong?.path === `delivery.${key}` ? wrong.message : null} />
  );
  const fields = (told: Partial<Record<DeliveryKey, Told>>) =>
    Object.entries(told).map(([key, words]) => field(key as DeliveryKey, words));
  return (
    <ExpandableSection toggleText="Retries, time limits and pace" isExpanded={isOpen || isWrong} onToggle={(_event, next) => setOpen(next)}>
      <div className="pf-v6-c-form">
        <p className="subtle">What is left empty is as the configuration file has it for every destination.</p>
        <FormFieldGroup header={<FormFieldGroupHeader titleText={{ text: 'When it fails', id: 'delivery-retry-title' }} />}>
          <Select id="delivery.retry.profile" label="Profile" value={delivery['retry.profile'] as '' | 'default' | 'panther'} options={PROFILES}
            onChange={(profile) => onChange({ ...delivery, 'retry.profile': profile })} />
          {fields(TOLD)}
        </FormFieldGroup>
        {fields(OWN)}
      </div>
    </ExpandableSection>
  );
}

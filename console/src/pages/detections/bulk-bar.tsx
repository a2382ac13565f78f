// What can be done with the selected detections, all at once or not at all.
import { Button } from '@patternfly/react-core';

type Props = {
  count: number; total: number; max: number; isBusy: boolean;
  /** How many can be selected; without policies, how many there may be at most, until all were asked for. */
  most: number;
  /** Policies are not for the person to change: how many are left is not known before all are asked for. */
  isWithoutPolicies: boolean;
  onSwitch: (isOn: boolean) => void; onAll: () => void; onClear: () => void;
};

export function BulkBar({ count, total, max, most, isWithoutPolicies, isBusy, onSwitch, onAll, onClear }: Props) {
  const all = total > max ? `Select the first ${max} of ${total} that match` : `Select all ${total} that match`;
  return (
    <div className="filters" role="group" aria-label="Selected detections">
      <p aria-live="polite">{count} selected</p>
      <Button variant="secondary" size="sm" isDisabled={isBusy || count > max} onClick={() => onSwitch(true)}>Enable</Button>
      <Button variant="secondary" size="sm" isDisabled={isBusy || count > max} onClick={() => onSwitch(false)}>Disable</Button>
      {count < most && (
        <Button variant="link" isDisabled={isBusy} onClick={onAll}>
          {isWithoutPolicies ? `Select ${total > max ? `up to ${max}` : 'all'} that match and are no policies` : all}
        </Button>
      )}
      <Button variant="link" onClick={onClear}>Select none</Button>
      {isWithoutPolicies && <p>Policies are left out: changing them needs a permission that you do not hold.</p>}
      {count > max && <p>At most {max} are enabled or disabled at once.</p>}
    </div>
  );
}

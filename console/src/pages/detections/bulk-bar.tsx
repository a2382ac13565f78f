// What can be done with the selected detections, all at once or not at all.
import { Button } from '@patternfly/react-core';

type Props = {
  count: number; total: number; max: number; isBusy: boolean;
  onSwitch: (isOn: boolean) => void; onAll: () => void; onClear: () => void;
};

export function BulkBar({ count, total, max, isBusy, onSwitch, onAll, onClear }: Props) {
  const most = Math.min(total, max);
  return (
    <div className="filters" role="group" aria-label="Selected detections">
      <p aria-live="polite">{count} selected</p>
      <Button variant="secondary" size="sm" isDisabled={isBusy || count > max} onClick={() => onSwitch(true)}>Enable</Button>
      <Button variant="secondary" size="sm" isDisabled={isBusy || count > max} onClick={() => onSwitch(false)}>Disable</Button>
      {count < most && (
        <Button variant="link" isDisabled={isBusy} onClick={onAll}>
          {total > max ? `Select the first ${max} of ${total} that match` : `Select all ${total} that match`}
        </Button>
      )}
      <Button variant="link" onClick={onClear}>Select none</Button>
      {count > max && <p>At most {max} are enabled or disabled at once.</p>}
    </div>
  );
}

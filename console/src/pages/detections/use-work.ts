// Work that is done for many detections: one piece at a time, and what fails is said.
import { useState } from 'react';
import { problemOf } from '../../api/problem';
import { useSay } from '../../app/notices';

/** Whether something is being done, and how to do something; `failed` says what did not happen. */
export type BulkWork = { isBusy: boolean; run: (work: () => Promise<void>, failed: string) => Promise<void> };

/** What the list does with what is selected. */
export function useBulkWork(): BulkWork {
  const say = useSay();
  const [isBusy, setBusy] = useState(false);
  const run = async (work: () => Promise<void>, failed: string) => {
    setBusy(true);
    try {
      await work();
    } catch (thrown) {
      say(`${failed}: ${problemOf(thrown).message}`, 'danger');
    }
    setBusy(false);
  };
  return { isBusy, run };
}

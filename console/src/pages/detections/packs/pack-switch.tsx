// Switches all detections of a pack, on and off.
import { Button } from '@patternfly/react-core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { switchPack } from '../../../api/detections';
import { problemOf } from '../../../api/problem';
import type { Pack } from '../../../api/types';
import { useSay } from '../../../app/notices';
import { useMay } from '../../../app/session';

export function PackSwitch({ pack }: { pack: Pack }) {
  const queries = useQueryClient();
  const say = useSay();
  const may = useMay();
  const name = pack.displayName || pack.id;
  const switching = useMutation({
    mutationFn: (isOn: boolean) => switchPack(pack.id, isOn),
    onSuccess: async ({ ids, enabled }) => {
      say(`${name}: ${ids.length === 1 ? '1 detection is' : `${ids.length} detections are`} ${enabled ? 'enabled' : 'disabled'}`);
      await queries.invalidateQueries({ queryKey: ['detections'] });
    },
    onError: (thrown) => say(`${name} was not changed: ${problemOf(thrown).message}`, 'danger'),
  });
  // With a policy among them the server refuses all of them.
  const isRefused = pack.items.some(({ kind }) => kind === 'policy') && !may('PolicyModify');
  if (pack.detections === 0 || isRefused) return null;
  return (
    <>
      {pack.enabled < pack.detections && (
        <Button variant="secondary" size="sm" isDisabled={switching.isPending} aria-label={`Enable all of ${name}`}
          onClick={() => switching.mutate(true)}>Enable</Button>
      )}{' '}
      {pack.enabled > 0 && (
        <Button variant="secondary" size="sm" isDisabled={switching.isPending} aria-label={`Disable all of ${name}`}
          onClick={() => switching.mutate(false)}>Disable</Button>
      )}
    </>
  );
}

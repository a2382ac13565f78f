// Settings, general: what can be set while the server runs, and what is to know of it.
import { useQuery } from '@tanstack/react-query';
import { generalQuery } from '../../api/settings';
import { Loaded } from '../../parts/loaded';
import { PageFrame } from '../../parts/page';
import { Facts } from './facts';
import { GeneralForm } from './form';

export function GeneralPage() {
  const general = useQuery({ ...generalQuery, staleTime: Infinity, gcTime: 0 });
  return (
    <PageFrame title="General settings"
      about="What the configuration file states is read-only here; the rest counts as soon as it is saved.">
      <Loaded query={general} what="The settings">
        {(read) => (
          <>
            <GeneralForm {...read} />
            <Facts server={read.value.server} />
          </>
        )}
      </Loaded>
    </PageFrame>
  );
}

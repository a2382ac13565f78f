// Packs: detections that belong together, and how many of them run.
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { packsQuery } from '../../../api/detections';
import type { Pack } from '../../../api/types';
import { useMay } from '../../../app/session';
import { Dotted } from '../../../parts/dotted';
import { sentence } from '../../../parts/failure';
import { Loaded } from '../../../parts/loaded';
import { Nothing } from '../../../parts/nothing';
import { PageFrame } from '../../../parts/page';
import { ORIGIN_WORDS } from '../words';
import { PackSwitch } from './pack-switch';

export function PacksPage() {
  const packs = useQuery(packsQuery);
  return (
    <PageFrame title="Packs" about="Detections that belong together. A pack is enabled or disabled as a whole; what it names can be one by one in the list.">
      <Loaded query={packs} what="Packs">
        {({ results }) => (results.length === 0
          ? <Nothing title="There are no packs">A pack is a YAML file with `AnalysisType: pack`. It comes with a directory or an upload.</Nothing>
          : <PackTable packs={results} />)}
      </Loaded>
    </PageFrame>
  );
}

function PackTable({ packs }: { packs: Pack[] }) {
  const may = useMay();
  const mayChange = may('RuleModify');
  return (
    <Table variant="compact" aria-label="Packs">
      <Thead><Tr><Th width={40}>Pack</Th><Th>Items</Th><Th>Enabled</Th><Th>From</Th>{mayChange && <Th screenReaderText="Switch" />}</Tr></Thead>
      <Tbody>
        {packs.map((pack) => (
          <Tr key={pack.id}>
            <Td dataLabel="Pack" modifier="breakWord">
              <Link to="/detections/packs/$id" params={{ id: pack.id }}><Dotted>{pack.displayName || pack.id}</Dotted></Link>
              {pack.displayName && <div className="subtle small"><Dotted>{pack.id}</Dotted></div>}
              {pack.problem && <div className="small problem">{sentence(pack.problem)}</div>}
            </Td>
            <Td dataLabel="Items">{pack.present} of {pack.itemCount}</Td>
            <Td dataLabel="Enabled">{pack.enabled} of {pack.detections}</Td>
            <Td dataLabel="From">{ORIGIN_WORDS[pack.origin]}</Td>
            {mayChange && <Td isActionCell><PackSwitch pack={pack} /></Td>}
          </Tr>
        ))}
      </Tbody>
    </Table>
  );
}

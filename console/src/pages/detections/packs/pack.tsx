// One pack: what it names, what of that is there, and what runs.
import { Content } from '@patternfly/react-core';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { packsQuery } from '../../../api/detections';
import type { Pack, PackItem } from '../../../api/types';
import { useMay } from '../../../app/session';
import { Dotted } from '../../../parts/dotted';
import { sentence } from '../../../parts/failure';
import { Loaded } from '../../../parts/loaded';
import { Nothing } from '../../../parts/nothing';
import { PageFrame } from '../../../parts/page';
import { KIND_WORDS, stateOf, StateLabel } from '../words';
import { PackSwitch } from './pack-switch';

export function PackPage() {
  const { id } = useParams({ from: '/shell/detections/packs/$id' });
  const packs = useQuery(packsQuery);
  const pack = packs.data?.results.find((one) => one.id === id);
  const may = useMay();
  return (
    <PageFrame title={pack?.displayName || id} about={pack && pack.displayName ? pack.id : 'A pack'}
      actions={pack && may('RuleModify') && <PackSwitch pack={pack} />}>
      <Loaded query={packs} what="The pack">
        {() => (pack
          ? <Items pack={pack} />
          : <Nothing title={`There is no pack ${id}`} action={<Link to="/detections/packs">All packs</Link>}>It may have been deleted, or its directory is not configured any more.</Nothing>)}
      </Loaded>
    </PageFrame>
  );
}

function Items({ pack }: { pack: Pack }) {
  return (
    <>
      {pack.problem && <p className="problem">{sentence(pack.problem)}</p>}
      {pack.description && <Content component="p" className="breakable">{pack.description}</Content>}
      <p className="above">{pack.present} of {pack.itemCount} items are there, {pack.enabled} of {pack.detections} detections are enabled.</p>
      <Table variant="compact" aria-label="Items of the pack">
        <Thead><Tr><Th width={60}>Item</Th><Th>Kind</Th><Th>State</Th></Tr></Thead>
        <Tbody>
          {pack.items.map((item) => (
            <Tr key={item.id}>
              <Td dataLabel="Item" modifier="breakWord"><Name item={item} /></Td>
              <Td dataLabel="Kind">{item.kind ? KIND_WORDS[item.kind] : <span className="subtle">not here</span>}</Td>
              <Td dataLabel="State"><State item={item} /></Td>
            </Tr>
          ))}
        </Tbody>
      </Table>
    </>
  );
}

function Name({ item }: { item: PackItem }) {
  if (!item.kind) return <>{item.displayName || item.id}</>;
  return (
    <>
      <Link to="/detections/$id" params={{ id: item.id }}><Dotted>{item.displayName || item.id}</Dotted></Link>
      {item.displayName && <div className="subtle small"><Dotted>{item.id}</Dotted></div>}
      {item.problem && <div className="small problem">{sentence(item.problem)}</div>}
    </>
  );
}

function State({ item }: { item: PackItem }) {
  if (!item.kind) return <span className="subtle">it is not there</span>;
  if (item.problem) return <StateLabel state="broken" />;
  if (item.enabled === null || item.enabled === undefined) return <span className="subtle">has no switch</span>;
  return <StateLabel state={stateOf({ enabled: item.enabled })} />;
}

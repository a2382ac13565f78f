// A detection that is there: shown to everybody who may see it, edited by those who may change it.
import { Alert, AlertActionLink } from '@patternfly/react-core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { itemQuery, type Item } from '../../../api/editor';
import { problemOf } from '../../../api/problem';
import { useSession } from '../../../app/session';
import { sentence } from '../../../parts/failure';
import { LoadedPage } from '../../../parts/loaded-page';
import { Moment } from '../../../parts/moment';
import { usePeople } from '../../alerts/people';
import { Deleted } from './deleted';
import { draftKey, readDraft } from './draft';
import { KINDS } from './kinds';
import { Menu } from './menu';
import { textsOf } from './use-saving';
import { Workbench } from './workbench';

export function DetectionPage() {
  const { id } = useParams({ from: '/shell/detections/$id' });
  const item = useQuery({ ...itemQuery(id), staleTime: Infinity, gcTime: 0 });
  const isGone = item.isError && item.data === undefined && problemOf(item.error).status === 404;
  const shown = (
    <LoadedPage query={item} what="The detection">
      {({ value, revision }) => <Existing key={value.id} item={value} revision={revision} />}
    </LoadedPage>
  );
  return isGone ? <Deleted key={id} id={id} otherwise={shown} /> : shown;
}

function Existing({ item, revision }: { item: Item; revision: string | null }) {
  const search = useSearch({ from: '/shell/detections/$id' });
  const navigate = useNavigate({ from: '/detections/$id' });
  const { user } = useSession();
  // Somebody who began a copy before goes on with it.
  const [isCopying, setCopying] = useState(() => readDraft(draftKey(user.id, item.id)) !== null);
  const isReadOnly = !item.isEditable || (item.origin === 'directory' && !isCopying);
  return (
    <Workbench key={String(isReadOnly)} kind={item.kind} start={{ id: item.id, texts: textsOf(item), revision }} isReadOnly={isReadOnly}
      hasWayBack={item.isEditable} search={search} onSearch={(next) => void navigate({ search: next, replace: true })} onSaved={() => undefined}
      about={<About item={item} />} note={<Note item={item} isCopying={isCopying} onCopy={() => setCopying(true)} />}
      menu={(work, leave) => item.isEditable && <Menu item={item} work={work} onLeave={leave} />} />
  );
}

const ORIGINS = { directory: 'from a directory', api: 'made here', pypanther: 'from a pypanther project' };

function About({ item }: { item: Item }) {
  const people = usePeople();
  const { kind, id, origin, enabled, version, lastModified, lastModifiedBy } = item;
  const who = people.nameOf(lastModifiedBy);
  return (
    <>
      {KINDS[kind].label} <code className="breakable">{id}</code>, {ORIGINS[origin]}{version > 0 && `, version ${version}`}
      {KINDS[kind].hasSettings && !enabled && ', disabled'}
      {lastModified && <>, changed <Moment at={lastModified} isRelative />{who && ` by ${who}`}</>}
    </>
  );
}

function Note({ item, isCopying, onCopy }: { item: Item; isCopying: boolean; onCopy: () => void }) {
  return (
    <>
      {item.problem && <Alert variant="danger" isInline title="It does not run" className="above">{sentence(item.problem)}</Alert>}
      {item.origin === 'directory' && item.isEditable && (isCopying ? (
        <Alert variant="info" isInline className="above" title="This is a copy, which takes the place of the file once you save it">
          The file <code>{item.path}</code> stays as it is, and counts again when the copy is deleted.
        </Alert>
      ) : (
        <Alert variant="info" isInline className="above" title="It comes from a file"
          actionLinks={<AlertActionLink onClick={onCopy}>Make a copy of it in the console that takes its place</AlertActionLink>}>
          Change <code>{item.path}</code> where it is kept, or change a copy here.
        </Alert>
      ))}
      {item.origin === 'pypanther' && (
        <Alert variant="info" isInline className="above" title="It comes from a pypanther project">Change it there, and upload the project again.</Alert>
      )}
    </>
  );
}

// The versions of what is edited: going back replaces the texts, and what is known about them.
import { useQueryClient } from '@tanstack/react-query';
import { itemQuery } from '../../../api/editor';
import { textsOf } from './use-saving';
import { Versions } from './versions';
import type { Work } from './work';

type Props = { work: Work; hasWayBack: boolean; shown: number | null; onShow: (version: number | null) => void };

export function VersionsTab({ work, hasWayBack, shown, onShow }: Props) {
  const queries = useQueryClient();
  const takeOver = async () => {
    // The head and the menu of the page follow the same answer.
    const now = await queries.fetchQuery({ ...itemQuery(work.id), staleTime: 0, gcTime: 0 });
    work.rebase({ id: now.value.id, texts: textsOf(now.value), revision: now.revision }, textsOf(now.value));
  };
  return (
    <Versions id={work.id} now={work.texts} isChanged={work.isChanged} hasWayBack={hasWayBack} shown={shown} onShow={onShow}
      onBack={takeOver} />
  );
}

// An archived schema takes no logs; it can be taken back.
import { useQueryClient } from '@tanstack/react-query';
import { archiveSchema, schemaListQuery, type SchemaOverview } from '../../api/intake';
import { useSay } from '../../app/notices';
import { FormDialog } from '../../parts/dialog';

export function ArchiveDialog({ schema: { name, isArchived, sourceCount }, onClose }: { schema: SchemaOverview; onClose: () => void }) {
  const queries = useQueryClient();
  const say = useSay();
  const change = async () => {
    await archiveSchema(name, !isArchived);
    say(isArchived ? `${name} takes logs again` : `${name} is archived`);
    await queries.invalidateQueries({ queryKey: schemaListQuery.queryKey });
  };
  return (
    <FormDialog title={isArchived ? `Take ${name} back` : `Archive ${name}`} submit={isArchived ? 'Take back' : 'Archive'} size="small"
      isDanger={!isArchived} failed="The schema is as it was" onClose={onClose} onSubmit={change}>
      {isArchived ? <p>Sources that name it try it again.</p>
        : <p>It takes no logs any more. {sourceCount > 0 && 'Records that only it would take are kept as failures of their source. '}It can be taken back.</p>}
    </FormDialog>
  );
}

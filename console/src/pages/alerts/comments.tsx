// Comments: what was written, the way to change one's own, and a place to write. Whatever its format says, a comment
// is shown as text.
import { ActionGroup, Button, Form, FormGroup, TextArea } from '@patternfly/react-core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { addComment, changeComment, commentsQuery } from '../../api/alerts';
import type { Comment } from '../../api/types';
import { useMay, useSession } from '../../app/session';
import { Failure } from '../../parts/failure';
import { COMMENT_CHARS_MAX } from './comment-dialog';
import type { People } from './people';
import { changeOf, commentOn, useUnsent } from './unsent';

export function Said({ comment, people }: { comment: Comment; people: People }) {
  const may = useMay();
  const { user } = useSession();
  const begun = useUnsent(changeOf(comment.id)).wasKept;
  const [isEditing, setEditing] = useState(begun);
  const isOwn = comment.createdBy.type === 'user' && comment.createdBy.id === user.id;
  return (
    <>
      {people.nameOf(comment.createdBy)} wrote{comment.updatedAt ? ' (changed later)' : ''}:{' '}
      {isOwn && may('AlertModify') && !isEditing && (
        <Button variant="link" isInline size="sm" aria-label="Change what you wrote" onClick={() => setEditing(true)}>Change</Button>
      )}
      {isEditing
        ? <EditComment comment={comment} onClose={() => setEditing(false)} />
        : <p className="pre">{comment.body}</p>}
    </>
  );
}

function EditComment({ comment, onClose }: { comment: Comment; onClose: () => void }) {
  const { text, setText, forget } = useUnsent(changeOf(comment.id), comment.body);
  const queries = useQueryClient();
  const saving = useMutation({
    mutationFn: () => changeComment(comment, text),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: commentsQuery(comment.alertId).queryKey });
      forget();
      onClose();
    },
  });
  const isReady = text.trim() !== '' && text !== comment.body && !saving.isPending;
  return (
    <Form onSubmit={(event) => { event.preventDefault(); if (isReady) saving.mutate(); }}>
      {saving.isError && <Failure title="It was not changed" thrown={saving.error} />}
      <FormGroup label="What you wrote" fieldId={`edit-${comment.id}`}>
        <TextArea id={`edit-${comment.id}`} value={text} onChange={(_event, next) => setText(next)} rows={3} autoResize autoFocus
          resizeOrientation="vertical" maxLength={COMMENT_CHARS_MAX} />
      </FormGroup>
      <ActionGroup>
        <Button type="submit" variant="secondary" isDisabled={!isReady}>Save</Button>
        <Button variant="link" onClick={() => { forget(); onClose(); }}>Leave it</Button>
      </ActionGroup>
    </Form>
  );
}

export function WriteComment({ alertId }: { alertId: string }) {
  const { text, setText, forget } = useUnsent(commentOn(alertId));
  const queries = useQueryClient();
  const writing = useMutation({
    mutationFn: () => addComment(alertId, text),
    onSuccess: () => {
      forget();
      return queries.invalidateQueries({ queryKey: commentsQuery(alertId).queryKey });
    },
  });
  return (
    <Form className="below" onSubmit={(event) => { event.preventDefault(); writing.mutate(); }}>
      {writing.isError && <Failure title="The comment was not saved" thrown={writing.error} />}
      <FormGroup label="Comment" fieldId="comment">
        <TextArea id="comment" value={text} onChange={(_event, next) => setText(next)} rows={3} autoResize resizeOrientation="vertical"
          maxLength={COMMENT_CHARS_MAX} />
      </FormGroup>
      <ActionGroup><Button type="submit" variant="secondary" isDisabled={text.trim() === '' || writing.isPending}>Comment</Button></ActionGroup>
    </Form>
  );
}

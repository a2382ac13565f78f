// One comment on one alert or on many.
import { FormGroup, TextArea } from '@patternfly/react-core';
import { FormDialog } from '../../parts/dialog';
import { commentOnMany, useUnsent } from './unsent';

/** Longest comment that the server takes. */
export const COMMENT_CHARS_MAX = 16_384;

type Props = { ids: readonly string[]; onClose: () => void; onSubmit: (text: string) => Promise<void> };

export function CommentDialog({ ids, onClose, onSubmit }: Props) {
  const count = ids.length;
  // Closed by the way, with Escape say, it is there when it is opened again.
  const { text, setText, forget } = useUnsent(commentOnMany(ids));
  return (
    <FormDialog title={count === 1 ? 'Comment on the alert' : `Comment on ${count.toLocaleString('en')} alerts`} submit="Write" size="small"
      isReady={text.trim() !== ''} failed="The comment was not saved" onClose={onClose} keepsTyped
      onSubmit={async () => { await onSubmit(text); forget(); }}>
      <FormGroup label="Text" fieldId="bulk-comment">
        <TextArea id="bulk-comment" value={text} onChange={(_event, next) => setText(next)} rows={4} autoResize autoFocus
          resizeOrientation="vertical" maxLength={COMMENT_CHARS_MAX} />
      </FormGroup>
    </FormDialog>
  );
}

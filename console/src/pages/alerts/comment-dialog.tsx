// One comment on one alert or on many.
import { FormGroup, TextArea } from '@patternfly/react-core';
import { useState } from 'react';
import { FormDialog } from '../../parts/dialog';

/** Longest comment that the server takes. */
export const COMMENT_CHARS_MAX = 16_384;

type Props = { count: number; onClose: () => void; onSubmit: (text: string) => Promise<void> };

export function CommentDialog({ count, onClose, onSubmit }: Props) {
  const [text, setText] = useState('');
  return (
    <FormDialog title={count === 1 ? 'Comment on the alert' : `Comment on ${count.toLocaleString('en')} alerts`} submit="Write" size="small"
      isReady={text.trim() !== ''} failed="The comment was not saved" onClose={onClose} onSubmit={() => onSubmit(text)}>
      <FormGroup label="Text" fieldId="bulk-comment">
        <TextArea id="bulk-comment" value={text} onChange={(_event, next) => setText(next)} rows={4} autoResize autoFocus
          resizeOrientation="vertical" maxLength={COMMENT_CHARS_MAX} />
      </FormGroup>
    </FormDialog>
  );
}

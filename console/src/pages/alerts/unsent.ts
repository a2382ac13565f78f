// Comments that are begun and not sent: they wait for whoever looks at something else meanwhile.
import { useState } from 'react';
import { keep, kept } from '../../app/kept';
import { useSession } from '../../app/session';

/** A text and how to change it; `start` is what stands there when nothing is kept. Empty it to forget it. */
export function useUnsent(what: string, start = ''): { text: string; wasKept: boolean; setText: (text: string) => void; forget: () => void } {
  const { user } = useSession();
  const [found] = useState(() => kept(user.id, what));
  const [text, setText] = useState(found ?? start);
  return {
    text, wasKept: found !== null,
    setText: (next) => {
      setText(next);
      keep(user.id, what, next === start ? '' : next);
    },
    forget: () => {
      setText(start);
      keep(user.id, what, '');
    },
  };
}

export const commentOn = (alertId: string) => `comment.${alertId}`;
export const changeOf = (commentId: string) => `comment-change.${commentId}`;
/** The same alerts get back what was begun for them. */
export const commentOnMany = (ids: readonly string[]) =>
  (ids.length === 1 ? commentOn(ids[0] ?? '') : `comments.${ids.length}.${[...ids].sort()[0] ?? ''}`);

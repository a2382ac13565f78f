// Words of the description: what stands between backticks is code, all else is text.
export function Words({ text }: { text: string | undefined }) {
  if (!text) return null;
  return <>{text.split('`').map((part, index) => (index % 2 === 1 ? <code key={index}>{part}</code> : part))}</>;
}

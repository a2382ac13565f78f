// What a system error is about, in words.
const WORDS: Readonly<Record<string, string>> = {
  ALERT_DELIVERY: 'Deliveries fail',
  DETECTION_ALERT_LIMIT_EXCEEDED: 'A detection made too many alerts',
  DETECTION_BENCHED: 'A detection was taken out',
  CORRELATION_TIMEOUT: 'A correlation rule took too long',
  CORRELATION_SIGNALS_DROPPED: 'A correlation rule lost signals',
  SOURCE_CLASSIFICATION_FAILURES: 'Records fit no schema',
  SOURCE_LOG_PROCESSING_ERRORS: 'Bodies are not made up as the source says',
  SOURCE_NO_DATA: 'A log source is silent',
  STORAGE_FULL: 'The disk is full',
};

/** A type that this console does not know is read as the words that it is made of. */
export function systemErrorWords(type: string | null | undefined): string {
  if (!type) return '';
  return WORDS[type] ?? `${type.charAt(0)}${type.slice(1).toLowerCase().replaceAll('_', ' ')}`;
}

// One stream for all tabs of a browser: browsers open few connections to one server, and streams keep theirs.
import { follow, type Heard } from './stream';

const scope = globalThis as unknown as { onconnect: ((event: MessageEvent) => void) | null };
const ports = new Set<MessagePort>();
let isOpen = false;
let stop: (() => void) | null = null;

scope.onconnect = ({ ports: [port] }) => {
  if (!port) return;
  // A tab says that it goes; there is nothing else by which one would know.
  port.onmessage = () => {
    ports.delete(port);
    if (ports.size > 0 || !stop) return;
    stop();
    stop = null;
    isOpen = false;
  };
  ports.add(port);
  stop ??= follow(tell);
  if (isOpen) port.postMessage({ kind: 'open' } satisfies Heard);
};

function tell(heard: Heard): void {
  if (heard.kind !== 'news') isOpen = heard.kind === 'open';
  ports.forEach((port) => port.postMessage(heard));
}

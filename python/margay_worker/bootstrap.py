"""First code of a worker, passed to the interpreter with `-c`.

Moves the protocol and the progress page to private descriptors, so that what rules print goes to
the captured standard error, reads the first frame, and hands over to `margay_worker.main`.
"""

import os
import sys

CHANNEL = 100
PAGE = 101

os.dup2(0, CHANNEL, inheritable=False)
os.dup2(1, PAGE, inheritable=False)
os.closerange(3, CHANNEL)
os.closerange(PAGE + 1, 256)
_null = os.open("/dev/null", os.O_RDONLY)
os.dup2(_null, 0)
os.close(_null)
os.dup2(2, 1)

# With `-c` the working directory comes first; content is never imported from there.
sys.path[:] = [entry for entry in sys.path if entry]
sys.dont_write_bytecode = True
# Reading a number of any length is bounded by the size of the event, not by a limit of the interpreter.


def _read_first_frame():
    import struct

    stream = open(CHANNEL, "rb", buffering=1 << 16, closefd=False)
    head = stream.read(8)
    if len(head) != 8:
        raise SystemExit("the server closed the protocol before the first frame")
    length, header_length = struct.unpack("<II", head)
    body = stream.read(length - 4)
    return stream, body[:header_length]


def _start():
    import json

    stream, header = _read_first_frame()
    boot = json.loads(header)["boot"]
    finder_source = boot["modules"]["margay_worker.modules"]["source"]
    namespace = {"__name__": "margay_worker.modules"}
    exec(compile(finder_source, "margay_worker/modules.py", "exec", dont_inherit=True), namespace)
    sys.meta_path.insert(0, namespace["SourceFinder"](boot["modules"]))
    from margay_worker.main import run

    run(stream, CHANNEL, PAGE, boot)


_start()

"""Run as a program: become the command given, on a leash. `leash.py PARENT COMMAND…`

The kernel kills the process when its parent ends, however that ends (Linux), so that no loop outlives the hub. Imports
nothing of ours: it stands before every start.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1
BEHIND = 5
"""How much nicer than the hub: where all are busy, a plugin that loops has a third of what the hub has of a core. Much nicer ones would be
taken for dead on a machine that others overload."""

if __name__ == "__main__":
    parent, *command = sys.argv[1:]
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    os.nice(BEHIND)
    if os.getppid() != int(parent):
        sys.exit("the hub ended before its compartment began")
    try:
        os.execvp(command[0], command)  # noqa: S606 -- the command is the site's own configuration
    except OSError as error:
        sys.exit(f"{command[0]}: {error.strerror}")

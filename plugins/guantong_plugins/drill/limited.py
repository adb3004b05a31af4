"""Run as a program: become the command given, unable to make a file larger than so many bytes. `limited.py BYTES COMMAND…`"""

import os
import resource
import sys

if __name__ == "__main__":
    most, *command = sys.argv[1:]
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(most), int(most)))
    os.execvp(command[0], command)  # noqa: S606 -- the drill's own command

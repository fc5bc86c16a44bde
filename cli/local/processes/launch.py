"""Runs one command on a leash: if the process that started it dies, it is sent a signal.

Executed as a script by a bare interpreter (`-I -S`), never imported. It exists because the four things it
does must happen in the child, after the fork and before the exec, and Python code there is unsafe in a
process with threads. Arguments: pid of the starter, signal, user id (-1: stay who we are), group id, niceness, command.

The kernel drops the leash when a process changes its user, so the order is: user first, leash second.
"""

import ctypes
import os
import sys

PR_SET_PDEATHSIG = 1


def main(starter: int, leash_signal: int, uid: int, gid: int, niceness: int, command: list[str]) -> None:
    os.nice(niceness)
    if uid >= 0:
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, leash_signal, 0, 0, 0)
    if os.getppid() != starter:
        sys.exit("The process that started this one is gone.")
    try:
        os.execv(command[0], command)  # noqa: S606 - the command comes from the stack's own code
    except OSError as error:
        sys.exit(f"{command[0]} cannot be started: {error.strerror}.")


if __name__ == "__main__":
    numbers = [int(argument) for argument in sys.argv[1:6]]
    main(numbers[0], numbers[1], numbers[2], numbers[3], numbers[4], sys.argv[6:])

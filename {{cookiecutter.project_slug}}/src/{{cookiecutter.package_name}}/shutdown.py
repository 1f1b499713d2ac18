"""How the server stops: at once when told to, and without losing a request that has come in.

This mends three things in Granian, as of 2.8: a worker that is just starting misses a signal; one
that gets three of them hangs; and Ctrl-C reaches the workers too, whose end is then taken for a
crash.
"""

import os
import signal
import sys
import threading
import time
from typing import Any

SIGNALS = (signal.SIGTERM, signal.SIGINT)
YOUNG = 5.0  # seconds; a worker that is older has been listening to signals for long
REMINDER = 1.0  # seconds after the signal


def prepare_workers() -> None:
    """Have a worker that is not ready yet end when it is told to, and leave Ctrl-C to its parent.

    A forked process does not inherit the signals that wait for it, and starts with the handlers of
    its parent, which do nothing there: it would go on after a SIGTERM, and be waited for.
    """
    if sys.platform == "win32":
        return

    def start_anew() -> None:
        os.setpgrp()  # a terminal sends Ctrl-C to the group in front
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # it may have been in front a moment ago
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)

    os.register_at_fork(
        before=lambda: signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS),
        after_in_parent=lambda: signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS),
        after_in_child=start_anew,
    )


def handle_signals(server: Any) -> None:
    """Stop the workers in a way that counts as wanted, and tell young ones a second time."""

    def remind() -> None:
        time.sleep(REMINDER)
        for worker in list(server.wrks):
            if time.monotonic() - worker.birth < YOUNG:
                worker.terminate()

    told = False

    def stop(*_: object) -> None:
        nonlocal told
        if told:  # once is enough, and three times is what hangs
            return
        told = True
        for worker in server.wrks:  # whoever else has told them, they do not end unexpectedly
            worker.interrupt_by_parent = True
        server.signal_handler_interrupt()
        threading.Thread(target=remind, daemon=True).start()

    for number in SIGNALS:
        signal.signal(number, stop)

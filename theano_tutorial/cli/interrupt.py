"""Handle Ctrl-C, and other signals that ask a program to end, without losing anything."""

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from theano_tutorial.cli.signals import wanted

_MOMENT = 0.02  # seconds


class Interrupted(KeyboardInterrupt):
    """A signal asked the program to end; `exit_code` is the one that shells use for it."""

    def __init__(self, exit_code: int) -> None:
        super().__init__()
        self.exit_code = exit_code


class Request:
    """Records whether a signal has asked the program to end, and responds to it.

    Within `between_steps`, the first signal waits for the end of the step, and a second one
    raises `Interrupted`; elsewhere the first one does. One more, while the program is cleaning
    up, ends the process immediately. That does no harm to files: each is written in one step.
    """

    exit_code: int | None = None  # 128 + the signal's number
    waits = False  # whether the first signal waits for the end of a step
    has_raised = False
    is_over = False  # everything is done, and signals no longer matter

    def __call__(self) -> bool:
        """Return whether a signal has arrived."""
        return self.exit_code is not None

    def handle(self, signum: int, frame: FrameType | None) -> None:
        """Handle a signal."""
        if self.is_over:
            return
        is_first = self.exit_code is None
        self.exit_code = 128 + signum
        if is_first and self.waits:
            return
        if self.has_raised:
            os._exit(self.exit_code)
        self.has_raised = True
        raise Interrupted(self.exit_code)

    def raise_again(self, signum: int) -> None:
        """Raise `Interrupted` again soon, as no exception can leave an object's deletion."""
        self.has_raised = False
        threading.Timer(_MOMENT, _wake_with, [signum]).start()


def _wake_with(signum: int) -> None:
    """Send a signal to the main thread itself: if it is asleep, only that wakes it."""
    if hasattr(signal, "pthread_kill"):
        signal.pthread_kill(threading.main_thread().ident or 0, signum)
    else:
        signal.raise_signal(signum)


_requests: list[Request] = []


@contextmanager
def listening(*, to_the_end: bool = False) -> Iterator[Request]:
    """Handle signals within the block; nested blocks share one request.

    Afterwards the earlier handlers are restored or, if `to_the_end` (the process is about to
    end), the system's defaults, with which a signal ends it silently.
    """
    if _requests or threading.current_thread() is not threading.main_thread():
        yield _requests[-1] if _requests else Request()  # only the main thread gets signals
        return
    request = Request()
    before = {number: signal.signal(number, request.handle) for number in wanted()}
    _requests.append(request)
    hook = sys.unraisablehook

    def lost(unraisable: "sys.UnraisableHookArgs") -> None:
        if isinstance(unraisable.exc_value, Interrupted):
            request.raise_again(unraisable.exc_value.exit_code - 128)
        else:
            hook(unraisable)

    sys.unraisablehook = lost
    try:
        yield request
    finally:
        sys.unraisablehook = hook
        _requests.remove(request)
        for number, handler in before.items():
            signal.signal(number, signal.SIG_DFL if to_the_end else handler)


@contextmanager
def between_steps() -> Iterator[Request]:
    """Make the first signal wait for the end of a training step; a second one does not wait.

    A step updates several parameters, some in place: stopped halfway, it would leave some old
    and some new. Calling the request tells whether a signal has arrived.
    """
    with listening() as request:
        request.waits = True
        try:
            yield request
        finally:
            request.waits = False

"""The command `geo-tej`, from its first import to its last thread: Ctrl-C ends it with one line and 130."""

from __future__ import annotations

import signal
import sys
from typing import TYPE_CHECKING

from geo_tej.errors import INTERRUPTED, INTERRUPTED_WORDS

if TYPE_CHECKING:
    from types import FrameType

_SOON_S = 0.02
_IMPORTING = "<frozen importlib"


class _Ear:
    """Hears Ctrl-C, raises it until somebody ends the command for it, and keeps it from whoever is about that.

    Nothing is raised in the middle of an import, since modules that are cut short print or swallow it, and nothing more
    while something that was raised, or what others made of it, is on its way.
    """

    def __init__(self) -> None:
        self.pressed = self.raised = self.over = False

    def listen(self) -> None:
        """Take over from Python, unless somebody else has, or Ctrl-C is to be ignored."""
        if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            signal.signal(signal.SIGINT, self.interrupt)
            if hasattr(signal, "SIGALRM"):
                signal.signal(signal.SIGALRM, self.interrupt)
            sys.unraisablehook = self.unheard

    def interrupt(self, number: int, frame: FrameType | None) -> None:
        """Raise it where it can be, and look again soon whether that was heard."""
        del number
        self.pressed = True
        if self.over:
            return
        if hasattr(signal, "setitimer"):
            signal.setitimer(signal.ITIMER_REAL, _SOON_S)
            if _is_import(frame) or (self.raised and sys.exception() is not None):
                return
        self.raised = True
        raise KeyboardInterrupt

    def close(self) -> None:
        """Hear no more: all is said, and what is left are threads that end."""
        self.over = True
        if signal.getsignal(signal.SIGINT) == self.interrupt:
            signal.signal(signal.SIGINT, signal.SIG_IGN)
        if self.pressed and hasattr(signal, "setitimer"):
            signal.setitimer(signal.ITIMER_REAL, 0)

    def unheard(self, told: sys.UnraisableHookArgs) -> None:
        """Pass over it in silence where nothing can be raised, as while an object goes."""
        if not (self.pressed and (self.over or told.exc_type is KeyboardInterrupt)):
            sys.__unraisablehook__(told)


def main() -> None:
    """Run the command line."""
    ear = _Ear()
    try:
        ear.listen()
        from geo_tej.cli import main as commands  # noqa: PLC0415  Ctrl-C is heard before anything is imported

        if ear.pressed:
            raise KeyboardInterrupt  # noqa: TRY301  click would say "Aborted!"
        commands()
    except BaseException as end:
        ear.close()
        if isinstance(end, SystemExit) or not ear.pressed:
            raise
        sys.stderr.write(f"{INTERRUPTED_WORDS}\n")
        sys.exit(INTERRUPTED)


def _is_import(frame: FrameType | None) -> bool:
    """Tell whether a module is being imported where a frame stands."""
    while frame is not None and not frame.f_code.co_filename.startswith(_IMPORTING):
        frame = frame.f_back
    return frame is not None


if __name__ == "__main__":
    main()

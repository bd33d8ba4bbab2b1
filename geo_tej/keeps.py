"""Frozen values that keep what was once made of them."""

from __future__ import annotations

import threading
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

Made = TypeVar("Made")

_MAKING = threading.RLock()
"""Held while something is made: a tree or a prepared geometry bears no company before its first use."""


class Keeps:
    """A frozen value that keeps what follows from it alone, so that it is made once.

    What is kept is no part of the value: it is neither compared nor pickled, and a changed copy begins without it.
    """

    def once(self, name: str, make: Callable[[], Made], *, of: Any = None) -> Made:  # noqa: ANN401  any value
        """Return what is kept under a name, made when it is first asked for, and again if made `of` something else.

        One thread at a time makes what is kept; `make` must not wait for threads that ask for it too.

        >>> value = Keeps()
        >>> value.once("sum", lambda: 1), value.once("sum", lambda: 2), value.once("sum", lambda: 3, of="other")
        (1, 1, 3)
        """
        kept = self._kept.get(name)
        if kept is None or not (kept[0] is of or kept[0] == of):
            with _MAKING:
                kept = self._kept.get(name)
                if kept is None or not (kept[0] is of or kept[0] == of):
                    kept = self._kept[name] = (of, make())
        made: Made = kept[1]
        return made

    @cached_property
    def _kept(self) -> dict[str, tuple[Any, Any]]:
        return {}

    def __getstate__(self) -> dict[str, Any]:
        """Leave out what is kept."""
        return {name: value for name, value in vars(self).items() if name != "_kept"}

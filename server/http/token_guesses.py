"""Slow down guessing of tokens without locking out anybody who has one.

A wrong token counts against the address it came from, and against the token's first characters at that address. When
an address has sent many of them in the last minute, the answer to each further one is delayed; after ten times as many
it is "wait" instead of "wrong". A right token is always let in at once, unless many wrong tokens with the same first
characters came from the same address. So a stranger who guesses, even behind the same proxy, locks out only those who
share both, and tokens with the same beginning can be tried only a few times a minute.

The counts are in the memory of each web process: several processes allow as many times more.
"""

from __future__ import annotations

import ipaddress
import math
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from typing import Final

MOST_WRONG: Final = 30
"""Wrong tokens within WINDOW, from one address before they are answered late, or with one beginning from one address
before it has to wait."""
MOST_LATE: Final = 300
"""Wrong tokens from one address within WINDOW before it has to wait: reached only by who asks many times at once."""
LATE_SECONDS: Final = 1.0
WINDOW: Final = 60.0
"""Seconds after which a wrong token is forgotten."""
MOST_REMEMBERED: Final = 20_000
"""Addresses and beginnings that are remembered; of more, those are forgotten that were heard of longest ago."""

Key = tuple[str, str]


class Guesses:
    """The wrong tokens of the last minute. Any number of threads may use it."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._wrong: OrderedDict[Key, deque[float]] = OrderedDict()

    def pause(self, address: str | None, prefix: str) -> int:
        """Seconds to wait before a token that begins with `prefix` is looked at; 0 when it may be now."""
        with self._lock:
            return self._pause((network(address), prefix), MOST_WRONG)

    def wrong(self, address: str | None, prefix: str = "") -> tuple[int, float]:
        """Notes a wrong token. Gives the seconds to wait before the next one from the same address is looked at, and
        how many seconds late this one is to be answered; 0 for none.

        `prefix`: what it begins with, if some token does begin so. Nothing else can ever be a right guess.
        """
        here = network(address)
        with self._lock:
            pause = self._pause((here, ""), MOST_LATE)
            late = LATE_SECONDS if self._pause((here, ""), MOST_WRONG) else 0.0
            for key in {(here, ""), (here, prefix)}:
                if key == (here, "") and pause:
                    continue  # it would make the pause longer for those who only have a wrong copy of theirs
                self._wrong.setdefault(key, deque(maxlen=MOST_LATE)).append(self._clock())
                self._wrong.move_to_end(key)
            while len(self._wrong) > MOST_REMEMBERED:
                self._wrong.popitem(last=False)
            return pause, late

    def _pause(self, key: Key, most: int) -> int:
        times = self._wrong.get(key)
        if times is None or len(times) < most:
            return 0
        return max(0, math.ceil(times[-most] + WINDOW - self._clock()))


def network(address: str | None) -> str:
    """What counts as one address: of IPv6 the first 64 bits, which one connection to the internet is given whole."""
    try:
        known = ipaddress.ip_address(address or "")
    except ValueError:
        return address or ""
    if isinstance(known, ipaddress.IPv6Address):
        return str(known.ipv4_mapped or ipaddress.ip_network((known, 64), strict=False))
    return str(known)

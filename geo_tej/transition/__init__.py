"""Ways out for enterprises: which routes are open, what they cost, who comes first, how far each has come."""

from geo_tej.transition.assessed import Transition, transition
from geo_tej.transition.events import current, order_faults, progress

__all__ = ["Transition", "current", "order_faults", "progress", "transition"]

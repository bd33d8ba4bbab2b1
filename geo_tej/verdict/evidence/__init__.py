"""Everything measured about a batch of parcels before any rule is asked: what it meets, its faces, its facts."""

from geo_tej.verdict.evidence.built import Built, Standing
from geo_tej.verdict.evidence.meeting import BATCH, meet_layers
from geo_tej.verdict.evidence.nouns import Evidence, Hits, Ledger, Met
from geo_tej.verdict.evidence.weighing import STANDING, weigh

__all__ = ["BATCH", "STANDING", "Built", "Evidence", "Hits", "Ledger", "Met", "Standing", "meet_layers", "weigh"]

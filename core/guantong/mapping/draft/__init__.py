"""First contact: what a vendor hands over (a data dictionary, DDL, a WSDL, a Word table, sample records)
becomes a dialect that loads, with proposals for what clearly matches and a list of what does not."""

from guantong.mapping.draft.evidence import Evidence
from guantong.mapping.draft.handed import Handed, read_handed
from guantong.mapping.draft.propose import Drafted, draft_dialect
from guantong.mapping.draft.schema import FieldSketch, RecordSketch

__all__ = ["Drafted", "Evidence", "FieldSketch", "Handed", "RecordSketch", "draft_dialect", "read_handed"]

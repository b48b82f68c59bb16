"""Draws certificates as PDF/A-2b, one A4 landscape page each. Pure CPU work: run it in a process pool.

The bytes of a certificate depend on its data alone, not on the batch it was drawn in: every batch embeds the same
alphabet in the same order, and the split writes metadata and ids of its own from the certificate. So a worker that
died between drawing and storing may draw again and finds the same hash.
"""

from services.certificates.adapters.drawing.drawers import Drawers
from services.certificates.adapters.drawing.papers import draw, preview
from services.certificates.adapters.drawing.printed import Printed, UndrawableError, problems

__all__ = ["Drawers", "Printed", "UndrawableError", "draw", "preview", "problems"]

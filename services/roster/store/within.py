"""What of a Reach's parameters lets through, for statements that name an offering `o`, its class `c`, enrolment `e`."""

from __future__ import annotations

ENROLMENT = """
    (:everything OR e.class_id = ANY(CAST(:classes AS uuid[])) OR e.unit_path && CAST(:units AS uuid[])
     OR o.audience = ANY(CAST(:audiences AS text[])))
"""
CLASS = """
    (:everything OR c.class_id = ANY(CAST(:classes AS uuid[])) OR o.audience = ANY(CAST(:audiences AS text[]))
     OR (cardinality(CAST(:units AS uuid[])) > 0 AND EXISTS (
           SELECT FROM enrolment e WHERE e.province_id = c.province_id AND e.class_id = c.class_id
             AND e.unit_path && CAST(:units AS uuid[]))))
"""
"""A class is within reach where one of its learners is."""

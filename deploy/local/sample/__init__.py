"""The Long An sample province of 2020: the plan's own counts, synthetic seeded people, workbooks and staff."""

"""The rules of grading: evidence, schemes, the assessment, verdicts. Standard library only; exact."""

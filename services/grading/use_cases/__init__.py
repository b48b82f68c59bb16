"""What grading does, one function each: takes deliveries, assesses, gives verdicts, makes and approves lists."""

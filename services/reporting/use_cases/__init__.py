"""What reporting does: takes in what others say, and answers reports."""

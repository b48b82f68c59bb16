"""The rules of certificates: numbers, states, who issues. Standard library only."""

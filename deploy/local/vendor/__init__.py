"""The vendor simulator: what the learning platform of the sample province says, and how it delivers it."""

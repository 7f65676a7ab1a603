"""Several engines at one broker: one plays, the others stand by and dance along."""

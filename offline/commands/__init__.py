"""The commands of `offline`: arguments in, one line of error out."""

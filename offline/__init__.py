"""The toolchain: from clips to a model, before the show."""

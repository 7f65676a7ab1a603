"""What the stage manager touches: show file, cue stack, web, command line."""

"""The timecode chase: from late, jittered, missing and doubled messages to a smooth time."""

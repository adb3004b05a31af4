"""What simulators share: stories to act out, a ledger of effects, faults to inject."""

"""The verbs, one file each: they wire probes, rules and adapters, and decide nothing themselves."""

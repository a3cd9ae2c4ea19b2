"""The tools, in groups: what rule text means, stored rules, alerts, and the state of the parts."""

"""Sources: what answers reads, one small file per backend. `alertdsl_runtime.opening.open_source` makes the configured one."""

"""How fast it is: every figure is a ratio to a baseline that ran in the same run. `./run bench NAME`; see docs/benchmarks.md."""

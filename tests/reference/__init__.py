"""The reference: what a rule means, written down from the sentences of docs/semantics.md and for nothing but clarity.

Points in, truth and life out: plain Python, one rule and one instant at a time, no arrays, no batching. Every function
quotes the sentence that it puts into code. The property tests hold the evaluator, on every backend, to what this says.

  * `data`: series and points, and the logical series that a `series_key` makes of them;
  * `numbers`: aggregates of points;
  * `values`: the value of an expression for a label set at a time;
  * `truth`: the truth of a condition for a label set at a time, `for` and its moments;
  * `labels`: which label sets there are;
  * `rule`: all that an instant says about a rule;
  * `life`: the life of an alert.
"""

from tests.reference.data import Data, Labels, Series
from tests.reference.labels import Refused
from tests.reference.rule import Verdict, evaluate, since

__all__ = ["Data", "Labels", "Refused", "Series", "Verdict", "evaluate", "since"]

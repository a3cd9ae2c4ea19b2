"""The reference: what a rule means, written down from the sentences of docs/semantics.md and for nothing but clarity.

Points in, truth and life out: plain Python, one rule and one instant at a time, no arrays, no batching. Every function
quotes the sentence that it puts into code. The property tests hold the evaluator, on every backend, to what this says.

  * `data`: series and points, and the logical series that a `series_key` makes of them;
  * `numbers`: aggregates of points;
  * `lines`, `points`, `histogram`, `calendar`: lines through points, tests of points, buckets, local days and hours;
  * `nodes`: what lies below a node of a rule;
  * `labels`: which label sets there are, and which series stand behind each;
  * `leaf`, `values`: the value of what reads series, and of an expression, for a label set at a time;
  * `kleene`, `quantity`, `moments`, `held`: three truths, how many have it true, when to look, what holds how long;
  * `truth`: the truth of a condition for a label set at a time;
  * `rule`: all that an instant says about a rule;
  * `life`: the life of an alert;
  * `asking`: rules about rules;
  * `telling`: who is told what.
"""

from tests.reference.data import Data, Labels, Series
from tests.reference.labels import Refused
from tests.reference.rule import Verdict, evaluate, since

__all__ = ["Data", "Labels", "Refused", "Series", "Verdict", "evaluate", "since"]

"""Text to tree and back: `parser` reads rules, `format` prints them in their one spelling, `ast` is what lies between.

The language itself is grammar/alertdsl.lark; `build*` turns its reductions into nodes, `messages` a failed parse into a
diagnostic.
"""

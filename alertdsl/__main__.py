"""``python -m alertdsl``."""

from alertdsl.cli import main

if __name__ == "__main__":
    main()

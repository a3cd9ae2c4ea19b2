"""The real servers that tests talk to: started on loopback, in temporary folders, stopped for sure.

Each module answers one question, "give me this server", from what there is: the environment, the machine, a container.
Where there is nothing, `Unavailable` says why and what would help.
"""

from tests.services.process import Unavailable, required

__all__ = ["Unavailable", "required"]

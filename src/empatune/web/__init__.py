"""The two pages of a session: what the participant sees, and what the operator watches."""

from empatune.web.server import Pages, Urls

__all__ = ["Pages", "Urls"]
